#include "config/config.hpp"

namespace cairn::config {

namespace {

constexpr KeyHelp kKeys[] = {
    {"cairn.store", "directory",
     "Chunk store shared with other repositories; relative to the work tree's top. Default: "
     "cairn inside git's common directory. Environment: CAIRN_STORE."},
    {"cairn.shared", "umask, group",
     "Who may use a store made from now on: as the umask says, or the group of its directory "
     "(folders 2770, files 0440). Default: umask. Environment: CAIRN_SHARED."},
    {"cairn.link", "copy, reflink, hardlink, symlink",
     "How files are brought from the store into the work tree. Default: copy. Environment: "
     "CAIRN_LINK."},
    {"cairn.default-remote", "name",
     "Remote used without --remote. Default: the first one. May be committed. Environment: "
     "CAIRN_REMOTE."},
    {"cairn.read-remotes", "names",
     "Remotes that fetch, pull and restore try in this order without --remote; separated by "
     "commas or blanks. Default: "
     "the default remote alone. May be committed. Environment: CAIRN_READ_REMOTES."},
    {"cairn.hooks", "on, off",
     "Whether git hooks were set up in this clone or declined; written by cairn init and cairn "
     "hooks. Not in a committed file."},
    {"cairn.modified", "error, warn, off",
     "What the pre-commit hook does about data that was changed without cairn add. Default: "
     "error. May be committed."},
    {"cairn.max-blob", "size",
     "Largest file that the pre-commit hook lets into git itself: 20M, 5MiB; 0: any. Default: "
     "5MiB. May be committed."},
    {"cairn.max-commit", "size",
     "The most new data that the pre-commit hook lets into one commit, counted once and before "
     "compression: 500M, 2GiB; 0: any. Default: 0. May be committed."},
    {"cairn.unsafe-models", "error, warn, off",
     "What the pre-commit hook does about new data that runs code when it is read (pickles). "
     "Default: warn. May be committed."},
    {"cairn.pre-push", "push, check, off",
     "What the pre-push hook does about data that the remote lacks: upload it, block, or "
     "nothing. "
     "Default: push. Not in a committed file."},
    {"cairn.max-push", "size",
     "The most that the pre-push hook uploads: 500M, 2GiB; 0: any. Default: 1GiB. Not in a "
     "committed file."},
    {"cairn.git-reader", "auto, exec, libgit2",
     "Who reads git's objects: git alone, or libgit2 where it reads them as git does; auto asks "
     "libgit2 where that is quicker. Default: auto. Not in a committed file. Environment: "
     "CAIRN_GIT_READER."},
    {"cairn-remote.<name>.url", "URL or directory",
     "Where a remote is. A URL may be committed, a directory may not; a relative directory "
     "counts from the work tree's top. This clone's value takes the place of a committed one."},
    {"cairn-remote.<name>.endpoint", "https://host[:port]",
     "Server of an s3:// remote; default: Amazon. See cairn-s3(7) for this and the next keys."},
    {"cairn-remote.<name>.region", "name", "Region of the bucket."},
    {"cairn-remote.<name>.style", "path, virtual",
     "Whether the bucket stands in the path or in the host's name. Default: by the provider."},
    {"cairn-remote.<name>.list", "v1, v2",
     "Version of the listing request. Default: by the provider."},
    {"cairn-remote.<name>.conditional-put", "true, false",
     "Whether writes may ask for the absence of the key. Default: by the provider."},
    {"cairn-remote.<name>.storage-class", "name", "Storage class of what is pushed."},
    {"cairn-remote.<name>.sse", "AES256, aws:kms", "Encryption by the server of what is pushed."},
    {"cairn-remote.<name>.kms-key", "id", "Key of aws:kms."},
    {"cairn-remote.<name>.bucket-owner", "12 digits",
     "Account that must own the bucket: one of the same name but of another owner is refused."},
    {"cairn-remote.<name>.anonymous", "true, false", "Requests are not signed: a public bucket."},
    {"cairn-remote.<name>.profile", "name",
     "Profile of the shared AWS files that asks. Not in a committed file."},
    {"cairn-remote.<name>.ca-file", "file",
     "Certificates to trust in place of the system's. Not in a committed file."},
    {"cairn-remote.<name>.allow-http", "a host",
     "Other machine to ask over http:// while the remote is there. Not in a committed file."},
    {"cairn.project", "32 hex digits",
     "Identity of the project on its remotes; written by cairn init, committed only."},
    {"cairn.format", "1", "Format of the repository; committed only."},
    {"cairn.chunker", "gear1, structure1", "How files are cut into chunks; committed only."},
};

}  // namespace

std::span<const KeyHelp> known_keys() { return kKeys; }

}  // namespace cairn::config
