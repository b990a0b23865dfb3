#include "cli/slugs.hpp"

#include <algorithm>

namespace cairn::cli {

namespace {

// What a code says when an error has no name of its own (exit_code.cpp).
const std::vector<Slug> kSlugsOfCodes = {
    {"usage",
     "The words of the command do not fit what it takes. Nothing was done.\n"
     "`cairn help COMMAND` shows its flags and arguments; `--` ends the flags and separates "
     "revisions from paths."},
    {"answer-no",
     "A check was made in full, and its answer is no. Nothing was changed.\n"
     "Exit code 3 is kept for this answer: scripts can tell it from a failure of the check "
     "itself."},
    {"remote-auth",
     "The remote refused this program: credentials are absent, wrong, expired or lack a right. "
     "What was sent before is safe.\n"
     "Renew the credentials or set the clock, then run the same command again; `cairn remote check "
     "NAME` tries each right."},
    {"no-credentials",
     "No source of S3 credentials gave any, or one that is configured failed; the lines of the "
     "message name each and why.\n"
     "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name another profile, or renew the login "
     "that the hint names.\n"
     "A source that fails is not passed over for the next: that would act under another identity. "
     "cairn-s3(7) has the order."},
    {"no-libcurl",
     "Requests to S3 and web servers are made with libcurl 4 (7.87 or newer), which is loaded when "
     "the first one is made.\n"
     "It is absent here, too old or broken. Nothing was sent.\n"
     "Install it with the system's package manager (Debian and Ubuntu: `apt-get install "
     "libcurl4`).\n"
     "Work on local data and folder remotes goes on without it."},
    {"network",
     "The remote could not be reached, also after several tries. Nothing is reported pushed that "
     "was not confirmed there.\n"
     "Run the same command again once the network is back: it goes on with what is left."},
    {"missing-object",
     "Bytes that a pointer names are neither in the local store nor on the remote that was asked. "
     "The tree was not touched.\n"
     "`cairn pull` brings them when they are on the remote; else whoever made that version has "
     "them:\n"
     "`cairn push` in their clone brings them to the remote."},
    {"corrupt-data",
     "Bytes are not what their name or checksum says: a bad disk, a bad copy or another program "
     "changed them.\n"
     "They were not used. Run `cairn fsck` to learn what is hit, and `cairn fsck --repair-from "
     "NAME` to replace it from a remote."},
    {"locked",
     "Another command works in this clone, and did not finish in the time that was waited. Nothing "
     "was changed.\n"
     "The message names its process; wait for it or end it, then try again. Locks of dead "
     "processes need no clean-up."},
    {"disk-full",
     "The disk or the quota is full. What was there before is as it was; a half-written file never "
     "takes the place of a whole one.\n"
     "Make room, then run the same command again. `cairn gc` removes what no version needs from "
     "the local store,\n"
     "`cairn cache prune --max-size N` also what a remote has."},
    {"permission",
     "The operating system refused the access: owner, mode, or a file system mounted read-only. "
     "Nothing was written there.\n"
     "Look at the owner and mode of the path in the message. Reading commands need no right to "
     "write."},
    {"not-a-repository",
     "The current directory is not inside a git work tree, or git refuses that tree for a reason "
     "it states.\n"
     "`git init && cairn init` starts one here; `-C DIR` points elsewhere; a tree of another owner "
     "needs git's `safe.directory`."},
    {"local-changes",
     "Going on would overwrite or delete content that no version holds. Nothing was changed.\n"
     "`cairn add PATH` keeps it as a version, or move it aside. `--force` gives it up, and it "
     "cannot be brought back."},
    {"last-copy",
     "Files that would go are as their version says, but the store has lost their data, and no "
     "remote is known to have it.\n"
     "Nothing was changed. Back on the commit of that data, `cairn add PATH` stores it again; "
     "`cairn push` then keeps it safe.\n"
     "`--force` gives it up, and it cannot be brought back."},
    {"format-too-new",
     "The data was written by a newer cairn than this one, in a form that this one does not know. "
     "It was not touched.\n"
     "Install a newer release; `cairn version` shows the formats of the one at hand. Older commits "
     "may stay readable."},
    {"untrusted",
     "A committed file names an endpoint that was never confirmed on this machine, so nothing was "
     "sent there.\n"
     "`cairn trust` shows the places. Allow one with `cairn trust NAME` only if it is where your "
     "data should be: requests to it\n"
     "are signed with your credentials. Where imported data comes from is allowed with "
     "`cairn trust --source PATH`.\n"
     "In CI, CAIRN_TRUST=HOST,HOST allows these hosts for the job."},
    {"secret-in-url",
     "The URL of a remote or source stands in files and messages that others read, so it may not "
     "hold a user name or password.\n"
     "Give the URL without them. cairn-s3(7) lists where credentials of remotes come from; git "
     "keeps "
     "its own."},
    {"no-home",
     "What was trusted is recorded in the user's own configuration (XDG_CONFIG_HOME, else "
     "~/.config), and neither is set.\n"
     "Set HOME, or allow the host for one command with CAIRN_TRUST=HOST."},
    {"interrupted",
     "The command was asked to stop (Ctrl-C, SIGTERM or SIGHUP) and stopped at a safe point.\n"
     "What was finished is kept. Run the same command again: it does only what is left."},
    {"io",
     "A system call failed for a reason that is none of disk full, permission or absence; the "
     "message carries its words.\n"
     "Files that were being written were not put in place. Look at the disk, the mount and the "
     "system's log, then try again."},
    {"not-found",
     "Something that must be there is not: a file, a directory or a program. Nothing was changed.\n"
     "Look at the name in the message; if it lies inside `.git/cairn` or the store, run `cairn "
     "doctor`."},
    {"exists",
     "Something is already there under the name that was to be made. It was not replaced.\n"
     "Choose another name, or move what is there away."},
    {"internal",
     "A mistake in cairn itself. Data that was stored or pushed before is not affected.\n"
     "Please report it with the text of the message, the output of `cairn version`, and what you "
     "typed."},
};

const std::vector<Slug> kSlugsOfWords = {
    {"too-many-open-files",
     "The system lets this process, or all of them together, open no further file. What was "
     "written is safe.\n"
     "`ulimit -n` shows the limit of the shell and `ulimit -n 1024` raises it; cairn needs a few "
     "dozen. Then run the command again."},
    {"no-such-command",
     "There is no such command. Versions are git commits, so some verbs are git's, not cairn's.\n"
     "The hint names the line to type instead; `cairn help` lists all commands."},
    {"no-such-path",
     "There is nothing at this path: not in the work tree for `add`, or not in the version that "
     "was read. Nothing was changed.\n"
     "Look at the spelling; `cairn ls PATH` lists the files of a version."},
    {"not-tracked",
     "The argument selects no tracked path: no pointer `PATH.cairn` stands there, inside it or "
     "above it.\n"
     "`cairn status` lists what is tracked. After `git pull`, look whether a commit moved or "
     "removed the pointer."},
    {"inside-tracked",
     "The path is a part of a tracked folder, and only the folder as a whole has a pointer. "
     "Nothing was changed.\n"
     "Change the files with the usual tools, then `cairn add FOLDER` makes the next version."},
    {"left-out",
     "Only a part of the folder was checked out, and a file here has the name of a folder of the "
     "version whose files were left out.\n"
     "Both cannot be in one version. Move the file aside; to replace the folder, check it out, "
     "remove it, then add."},
    {"overlap",
     "A tracked path may not lie inside another one: every file belongs to one pointer. Nothing "
     "was changed.\n"
     "`cairn rm --keep PATH` stops tracking the other path and leaves its data; then add again."},
    {"path-outside",
     "The path leads out of the repository, or is of git or cairn itself: their folders, a "
     "`.gitignore`. Nothing was changed.\n"
     "Copy or move the data inside, or version it in place with `cairn add --from DIR PATH`."},
    {"outside-sparse",
     "git keeps that folder out of this work tree, a sparse checkout, and adds nothing there.\n"
     "What was written stays. `git sparse-checkout add FOLDER`, then the same command again."},
    {"no-match",
     "No file of the version matches `--include` and `--exclude`. Nothing was written.\n"
     "The patterns are those of gitignore and count from the top of the repository; `cairn ls` "
     "lists what there is."},
    {"no-history",
     "No commit that was looked at has a pointer for this path.\n"
     "`cairn add` only stages a pointer: `git commit` makes it a version. In a shallow clone, `git "
     "fetch --unshallow` brings the rest."},
    {"bad-range",
     "The range starts behind the end of the file. Nothing was printed.\n"
     "`cairn ls FILE` shows the size; `--range 0-99` means the first hundred bytes, both ends "
     "included."},
    {"no-such-tensor",
     "The file has no such tensor, or none that can be told apart without running code. Nothing "
     "was "
     "printed.\n"
     "`cairn ls FILE` lists what there is. safetensors, npy, npz and PyTorch files are understood; "
     "others are plain bytes."},
    {"restore-needs-to",
     "`restore` writes beside the work tree and must be told where. Nothing was written.\n"
     "`--to DIR` names the directory. To change the work tree itself, use `cairn checkout`."},
    {"use-git-switch",
     "Pointers belong to git, so a whole revision is checked out by git. Nothing was changed.\n"
     "`git switch REV`, then `cairn checkout` brings the data. `cairn checkout REV -- PATH` takes "
     "single paths from a revision."},
    {"unknown-key",
     "cairn reads no such key, so setting it would have no effect. Nothing was changed.\n"
     "`cairn config` lists the keys with their values; cairn-config(5) explains them."},
    {"bad-config",
     "A setting holds a value that is not allowed; the message names the key and where it stands.\n"
     "Data and pointers are not affected. Correct it with `git config`, in `.cairn/config`, or in "
     "the environment."},
};

const std::vector<Slug> kSlugsOfAdding = {
    {"git-tracked",
     "git already holds files at this path; data is either git's or cairn's. Nothing was changed.\n"
     "`cairn add --git-rm PATH` takes them out of git's index and keeps the files. Earlier commits "
     "still hold them."},
    {"pointer-ignored",
     "A rule of a gitignore file hides the pointer, so it could not be committed. Nothing was "
     "changed.\n"
     "Add the line `!*.cairn` below that rule, or narrow the rule; the message names its file and "
     "line."},
    {"link-argument",
     "The path is a symbolic link, and links are never followed by themselves. Nothing was "
     "changed.\n"
     "`cairn add --from TARGET PATH` versions what lies at the target, without a copy in the work "
     "tree."},
    {"link-in-the-way",
     "The path was added from outside of the work tree, and a link of yours stands where its data "
     "would be written.\n"
     "Remove the link, or let `cairn checkout --force PATH` put the data in its place. What it "
     "leads to stays. Nothing was changed."},
    {"links-leave",
     "Links in the folder lead out of it: elsewhere they would point to nothing. Nothing was "
     "changed.\n"
     "`cairn add --links keep PATH` stores them as links, `cairn add --links follow PATH` the "
     "files that they lead to."},
    {"shared-file-gone",
     "A file that `checkout --link symlink` made points to a whole file in the store's links/, and "
     "that one is gone.\n"
     "Packs hold its content all the same: `cairn checkout PATH` writes it again. Nothing was "
     "changed."},
    {"link-not-followed",
     "A link that leads out of the folder leads nowhere, to something that has no content, or into "
     "a circle. Nothing was changed.\n"
     "Remove it or name it in a `.cairnignore`; `cairn add --links keep PATH` stores links as "
     "links."},
    {"nested-repository",
     "A folder below the path is a git repository of its own. Nothing was changed.\n"
     "Name it in a `.cairnignore` to leave it out, or track it as a git submodule elsewhere."},
    {"special-file",
     "A socket, pipe or device is neither file, folder nor link, and has no content to store. "
     "Nothing was changed.\n"
     "Move it away, or name it in a `.cairnignore`."},
    {"ignore-file",
     "A `.cairnignore` is larger than 1 MiB, which no list of patterns needs to be. Nothing was "
     "changed.\n"
     "Look at the file: it may be data with an unlucky name."},
    {"stale-data",
     "git changed the pointer (pull, switch, merge), and the data here is still the older "
     "version.\n"
     "Adding it now would take the newer version back. Nothing was changed. `cairn checkout PATH` "
     "brings the data of the pointer;\n"
     "`cairn add --force PATH` makes the data here the next version on purpose."},
    {"file-changed",
     "A file changed while it was read, twice, so that no single state of it could be stored. No "
     "pointer was written.\n"
     "Wait until the program that writes it is done, or copy the file, then add again."},
    {"memory-changed",
     "Bytes of a file were no longer those that had been hashed when they were about to be "
     "written to the store.\n"
     "Nothing was stored and no pointer written. Run the command again.\n"
     "If it happens a second time, the memory of this machine is likely to be faulty: a memory "
     "test tells.\n"
     "On a healthy machine it is a fault of cairn: report it."},
    {"file-vanished",
     "A file was listed, but was gone when it was to be read. No pointer was written.\n"
     "Another program works in the folder; wait until it is done, then add again."},
    {"not-a-file",
     "A regular file was expected at this path, and something else is there. Nothing was changed.\n"
     "Another program may have replaced it; `cairn status` shows how the tree differs."},
};

const std::vector<Slug> kSlugsOfTheTree = {
    {"not-initialised",
     "This is a git repository, but cairn is not set up in it: there is no `.cairn/config`.\n"
     "`cairn init` sets it up; where another branch has it, `git switch` there first."},
    {"brought-repository",
     "The current directory is a bare repository that lies among the tracked files of another one. "
     "Whoever committed it wrote its\n"
     "config too, and git runs what that names; so it is not entered.\n"
     "Work from the outer repository. A bare repository of your own belongs outside of it, or into "
     "a folder that git ignores."},
    {"bare-repository",
     "A bare repository holds commits and no files: nothing can be added, checked out or compared "
     "with data there.\n"
     "Run the command in a clone with a work tree.\n"
     "Commands that name a revision (`ls --rev`, `diff A B`, `restore REV --to DIR`) work in "
     "both."},
    {"pointer-conflict",
     "A git merge left a pointer in conflict: both sides changed the same path. No data was "
     "touched, both versions are stored.\n"
     "`cairn merge` merges them file by file, lists what is in conflict, and takes a side with "
     "`--pick`; then `cairn checkout PATH`."},
    {"no-conflict",
     "`cairn merge` works on pointers that a git merge, rebase, cherry-pick or stash left in "
     "conflict, and there is none at that path.\n"
     "`cairn merge` without a path lists them.\n"
     "A pointer that was staged with its marks comes back with `git checkout --merge -- "
     "PATH.cairn`."},
    {"bad-pointer",
     "A file that ends in `.cairn` does not follow cairn-pointer(5): edited by hand, cut short, or "
     "not a pointer at all.\n"
     "The data is not affected. `git checkout -- PATH.cairn` brings back the committed pointer."},
    {"file-in-the-way",
     "A file stands where a folder must be made. It was not replaced.\n"
     "Move it away, then run the same command again."},
    {"folder-in-the-way",
     "A folder with content stands where a file must be written or removed. It was not touched.\n"
     "Move it away, then run the same command again."},
    {"link-in-path",
     "A symbolic link stands where a file or folder of the repository is expected. Links are never "
     "followed, so that nothing\noutside is read or written.\n"
     "Replace the link by what it leads to, or let it lead to the whole tracked path with `cairn "
     "add "
     "--from`."},
    {"bad-name",
     "A name that no version can hold: not UTF-8, one that git or a file system could take for "
     "`.git`, or too long. Nothing was changed.\n"
     "Rename the file, or leave it out by a line in a `.cairnignore`."},
    {"unsafe-path",
     "A path holds `..`, an empty part or another form that does not stay below the directory. It "
     "was refused before any write.\n"
     "If it comes from a version, that version was made by a faulty program: look at it with "
     "`cairn ls`."},
    {"wrong-content",
     "The bytes that were to be written are not what the version says, also on a second read. The "
     "file was not put in place.\n"
     "Memory or disk may be at fault. Run `cairn fsck`, then `cairn fsck --repair-from NAME`."},
};

const std::vector<Slug> kSlugsOfRemotes = {
    {"unexpected-version",
     "The selected files are not those whose fingerprint was given with --expect. Nothing was "
     "written.\n"
     "The fingerprint covers exactly the selected files: the same paths and patterns must be given "
     "as when it was printed.\n"
     "cairn-ci(1) tells how it is made."},
    {"over-budget",
     "More data would have to come than --max-bytes allows. None came.\n"
     "Fewer files (`--include`), or a greater limit. What is in the local store already does not "
     "count."},
    {"no-remote",
     "No remote is set up, or none has this name.\n"
     "`cairn remote list` shows them, `cairn remote add NAME URL` adds one. A directory is a URL "
     "too."},
    {"remote-exists",
     "A remote of this name is already set up. It was not changed.\n"
     "`cairn remote set NAME URL` changes its URL; or choose another name."},
    {"push-forbidden",
     "A line `[path \"PATTERN\"] push = …` of .cairn/config says that this data does not go to "
     "that remote. Nothing was pushed.\n"
     "A folder goes as a whole or not at all: one file that matches keeps it back. Track such "
     "files on their own, or push to the\n"
     "remote that is allowed. cairn-config(5) explains path.<pattern>.push."},
    {"bad-remote-name",
     "The word cannot name a remote. Nothing was changed.\n"
     "Letters, digits, `.`, `-` and `_` are allowed, a letter or digit first, at most 64 of them."},
    {"bad-url",
     "The URL holds control characters: most likely a slip when it was pasted. Nothing was "
     "changed.\n"
     "Type it again."},
    {"unknown-scheme",
     "This program has no way to talk to URLs of that kind. Nothing was changed.\n"
     "The hint names the kinds that it knows; a directory, local or mounted, always works."},
    {"bad-project-file",
     "A file in `projects/` of a shared store, which says what one of its projects needs, cannot "
     "be read. Nothing was removed.\n"
     "Run a cairn command that writes in that project (`cairn add`, `cairn fetch`), or remove the "
     "file if the project is gone."},
};

const std::vector<Slug> kSlugsOfTheNetwork = {
    {"name-lookup",
     "The name of the remote's host, or of the proxy, could not be resolved. Nothing was sent.\n"
     "Look at the spelling of the URL or endpoint, then at the network; the same command goes on "
     "with what is left."},
    {"connect-failed",
     "Nobody answers at the remote's host and port, or a firewall drops what is sent there. "
     "Several tries were made.\n"
     "Look at the endpoint and at the proxy settings, then run the same command again."},
    {"tls-failed",
     "The remote and this program could not agree on an encrypted connection; at least TLS 1.2 is "
     "needed.\n"
     "Often a proxy in between, or an http server on an https port. No data was sent."},
    {"bad-certificate",
     "The remote could not prove that it is the host it should be: wrong name, expired, or signed "
     "by nobody known here. No data was sent.\n"
     "An authority of your own organisation is named with AWS_CA_BUNDLE; there is no switch that "
     "turns the check off."},
    {"connection-lost",
     "The connection broke in the middle, and again on each further try. Nothing half-sent is "
     "visible on the remote.\n"
     "Run the same command again once the network is better: it goes on with what is left."},
    {"too-slow",
     "The remote did not answer, or sent and took nothing, for half a minute, and again on each "
     "further try.\n"
     "Run the same command again later: it goes on with what is left."},
    {"bad-answer",
     "What answered at the remote's address does not speak as a store does: a web page, a login "
     "portal or another program.\n"
     "Look at the endpoint with `cairn remote list`, and whether a proxy or a login page stands in "
     "between."},
    {"address-refused",
     "The remote's name leads to an address that no store has, such as that of a cloud machine's "
     "own credentials. Nothing was sent.\n"
     "Look at the endpoint: somebody may try to make this machine ask on their behalf."},
    {"plain-http",
     "The endpoint is http, not https: everyone on the way could read and change what is sent. "
     "Nothing was sent.\n"
     "Use an https endpoint. Of another machine http is used only while the remote is at the host "
     "that was allowed when it was\n"
     "typed: `cairn remote add` with its flag for http, or `git config "
     "cairn-remote.NAME.allow-http HOST`."},
};

const std::vector<Slug> kSlugsOfS3 = {
    {"no-bucket",
     "The store has no bucket of this name, or these credentials do not see it. cairn never "
     "creates buckets.\n"
     "Look at the URL and the endpoint with `cairn remote list`, and at whose credentials are in "
     "use."},
    {"access-denied",
     "The store refused the request. Without the right to list the bucket, it answers the same for "
     "an object that is not there.\n"
     "The identity needs s3:ListBucket on the bucket and s3:GetObject, s3:PutObject, "
     "s3:DeleteObject below the prefix;\n"
     "`cairn remote check NAME` tries each of them."},
    {"bad-signature",
     "The store does not accept the signature: the access key is unknown there, or the secret does "
     "not belong to it.\n"
     "Look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the profile, and whether the endpoint "
     "is that of the same provider."},
    {"expired-credentials",
     "The temporary credentials have expired, and asking their source again gave no better ones. "
     "What was sent before is safe.\n"
     "Log in again (`aws sso login`, a new session of the CI job), then run the same command: it "
     "goes on with what is left."},
    {"clock-skew",
     "The clocks of this machine and of the store differ by more than the store allows, and its "
     "time could not be used instead.\n"
     "Set the clock of this machine, then run the same command again."},
    {"wrong-region",
     "The bucket is in another region than the one that was asked, and the store did not name the "
     "right one in a usable form.\n"
     "Set AWS_REGION to the region of the bucket. With a custom endpoint, look at which region its "
     "server expects."},
    {"read-only-remote",
     "A remote behind http:// or https:// is a copy that a web server hands out: it can be fetched "
     "from, and nothing else.\n"
     "Push to the directory or bucket that stands behind it; `cairn push -r NAME` takes another "
     "remote."},
    {"redirected-elsewhere",
     "The web server sent the request on to another host, port or scheme. That one was not asked: "
     "only the first is trusted.\n"
     "If the data is really there, name it with `cairn remote set NAME URL`."},
    {"web-server-refused",
     "The web server wants a login or forbids the file. cairn sends it no credentials.\n"
     "Look at the URL with `cairn remote list`; data behind a login belongs into a bucket or a "
     "mounted directory."},
    {"object-replaced",
     "Another object stands on the remote in the place of one that was just being read. cairn "
     "itself never replaces these.\n"
     "Run the command again; if it comes back, somebody else writes into the remote: `cairn fsck` "
     "can check all of it."},
    {"archived-object",
     "The object lies in an archive class of the store and cannot be read before it was restored "
     "there. Nothing was changed.\n"
     "Ask the store to restore it (hours), then run the command again; a life-cycle rule should "
     "leave the remote's prefix out."},
    {"store-busy",
     "The store answered again and again that it is overloaded or broken. Nothing is reported done "
     "that was not confirmed.\n"
     "Run the same command again later: it goes on with what is left."},
    {"store-refused",
     "The store refused a request for a reason that cairn has no better words for; the message "
     "carries the store's own.\n"
     "`cairn remote check NAME` tries each kind of request; look there for which kind fails."},
};

const std::vector<Slug> kSlugsOfFormats = {
    {"bad-page",
     "A page of a version's list of files or chunks breaks a rule of cairn-store(5). It was not "
     "used.\n"
     "`cairn fsck` tells what is hit; `cairn fsck --repair-from NAME` brings a good copy."},
    {"bad-pack",
     "A pack file breaks a rule of cairn-store(5): cut short or changed. It was not used.\n"
     "`cairn fsck` tells what is hit; `cairn fsck --repair-from NAME` brings good copies of its "
     "chunks."},
    {"bad-record",
     "A record inside a pack breaks a rule of cairn-store(5). It was not used.\n"
     "`cairn fsck` tells what is hit; `cairn fsck --repair-from NAME` brings good copies of its "
     "chunks."},
    {"bad-table",
     "A table of chunks or roots breaks a rule of the format pages. It was not used.\n"
     "In the local store it can be made again from the packs: run `cairn fsck`. On a remote, "
     "`cairn fsck -r NAME` tells more."},
    {"bad-root",
     "A root, the object that stands for a pushed version, breaks a rule of cairn-remote(7). The "
     "version does not count as pushed.\n"
     "`cairn push` from a clone that has the version puts a good one in its place."},
    {"bad-locator",
     "A locator, which says where the chunks of a version are, breaks a rule of the format pages. "
     "It was not used.\n"
     "`cairn push` from a clone that has the version writes it again."},
    {"bad-lease",
     "The sign of a running push on the remote breaks a rule of cairn-remote(7). It was not used; "
     "data is not affected.\n"
     "Something else may write below the same URL: look at it with `cairn fsck -r NAME`."},
    {"bad-condemned-list",
     "A list of packs that are to go from a remote breaks a rule of cairn-remote(7). It was not "
     "used, and nothing was removed.\n"
     "`cairn fsck -r NAME` tells what else is hit there."},
    {"bad-remote-config",
     "`cairn.json` of the remote breaks a rule of cairn-remote(7). Nothing was read or written "
     "there.\n"
     "Look whether the URL is right; if something else changed that file, bring its line back as "
     "the page shows it."},
};

const std::vector<Slug> kSlugsOfMoving = {
    {"no-library",
     "A library that only few commands need is loaded by them, and it is not installed here. "
     "Nothing was done.\n"
     "The hint names its package; everything else works without it."},
    {"foreign-path",
     "A file of another tool, or an archive, names a path that may not be written: absolute, "
     "leading out by `..`,\n"
     "or in what belongs to git, DVC or cairn. Nothing was imported, also not what is safe in it."},
    {"nothing-to-import",
     "No file of the other tool that names data was found, here or at the paths that were "
     "given.\n"
     "Paths are those of data, of the files that name it, or of folders above."},
    {"already-tracked",
     "cairn tracks this path already, and its pointer names other data than the other tool "
     "recorded.\n"
     "`--force` makes that data the next version; the version before stays in git's history."},
    {"dvc-data-missing",
     "Bytes that a file of DVC names are neither in the tree, as DVC recorded them, nor in its "
     "cache. Nothing was imported.\n"
     "`dvc fetch` brings them into the cache; or name the paths that are here: `cairn import dvc "
     "PATH`."},
    {"lfs-data-missing",
     "Bytes of a file that git-lfs keeps are neither in the tree nor among its objects in this "
     "clone. Nothing was imported.\n"
     "`git lfs fetch --all` brings the objects of all commits from its server."},
    {"lfs-takes-pointers",
     "A line of .gitattributes hands every file there to git-lfs, also the pointers that cairn "
     "writes; they could not be read again.\n"
     "`cairn import lfs --untrack` takes such lines out; git-lfs then keeps nothing new in this "
     "repository."},
    {"no-source",
     "`cairn update` moves data that `cairn import git` brought from another repository; "
     "`.cairn/sources` lists it.\n"
     "Data that was added here has no such source: git and `cairn pull` bring its versions."},
    {"unknown-revision",
     "No branch, tag or commit of that name is here, or in the other repository that was named. "
     "Nothing was written.\n"
     "`git fetch --tags` brings what this clone lacks; some servers give no commits by id unless a "
     "branch or tag leads there."},
    {"bad-archive",
     "An archive is cut short, damaged, or holds what a version cannot: devices, links that lead "
     "out, two members of one name.\n"
     "Nothing was imported. `bsdtar -tvf FILE` lists what is in it."},
    {"archive-too-large",
     "What an archive unpacks to passes a limit: far more bytes than the archive itself has, or "
     "than `--max-bytes` allows.\n"
     "Where it is meant to be so, a greater `--max-bytes` lets it in. Nothing was imported."},
    {"unsupported-remote",
     "This kind of remote has no backend here: directories, S3 and web servers can be read.\n"
     "The other tool can bring its data into its own cache, and the import finds it there."},
};

std::vector<Slug> sorted_slugs() {
  std::vector<Slug> out;
  for (const auto* part :
       {&kSlugsOfCodes, &kSlugsOfWords, &kSlugsOfAdding, &kSlugsOfTheTree, &kSlugsOfRemotes,
        &kSlugsOfTheNetwork, &kSlugsOfS3, &kSlugsOfFormats, &kSlugsOfMoving}) {
    out.insert(out.end(), part->begin(), part->end());
  }
  std::ranges::sort(out, {}, [](const Slug& slug) { return std::string(slug.name); });
  return out;
}

}  // namespace

const std::vector<Slug>& all_slugs() {
  static const auto rows = sorted_slugs();
  return rows;
}

const Slug* find_slug(const std::string& name) {
  const auto& rows = all_slugs();
  const auto found =
      std::ranges::find(rows, name, [](const Slug& slug) { return std::string(slug.name); });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace cairn::cli
