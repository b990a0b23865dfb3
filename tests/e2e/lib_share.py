"""The model behind slow_random_share.py: what each pointer names, what each commit is made of, what has to be restorable where."""

import array
import json
import os
import random
import shutil
import signal
import subprocess

from lib_life import CAIRN, DONE, content, scan

POOL = ["data", "sets/a", "table.csv", "model.safetensors"]
FOLDERS = POOL[:2]
KILLED = {"add", "push", "pull", "fetch", "checkout", "gc", "cache", "merge"}


def here_at(top, path):
    """A version as the model has it: no empty folders, and nothing that an ended command left beside its files."""
    found = scan(os.path.join(top, path))
    return {name: entry for name, entry in found.items() if entry[0] != "empty" and ".cairn-tmp-" not in name}


def three_way(base, ours, theirs, pick):
    """(the merge of three versions file by file, whether something was in conflict)."""
    base, merged, conflict = base or {}, {}, False
    for name in (ours or {}).keys() | (theirs or {}).keys():
        b, o, t = base.get(name), (ours or {}).get(name), (theirs or {}).get(name)
        entry = o
        if o != t and o == b:
            entry = t
        elif o != t and t != b:
            conflict, entry = True, o if pick == "ours" else t
        if entry:
            merged[name] = entry
    return merged, conflict


def differing(found, wanted):
    def brief(entry):
        return entry and (entry[0], len(entry[1]), entry[1][:12], *entry[2:])

    names = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    return "; ".join(f"{name!r} is {brief(found.get(name))}, not {brief(wanted.get(name))}" for name in names)


class Source:
    """Contents whose versions resemble each other, so that differences and patches with bases arise."""

    def __init__(self, rng):
        self.random = rng

    def small(self):
        return self.random.randbytes(self.random.choice([9, 300, 4000]))

    def table(self, old):
        lines = old.split(b"\n") if old else [b"%d,%d,name %d" % (i, self.random.getrandbits(30), i % 7) for i in range(6000)]
        for _ in range(self.random.choice([1, 5, 200])):
            lines[self.random.randrange(len(lines))] = b"%d,changed" % self.random.getrandbits(40)
        return b"\n".join(lines)

    def model(self, old):
        count = 30000
        shapes = {f"w{i}": {"dtype": "F32", "shape": [count], "data_offsets": [4 * count * i, 4 * count * (i + 1)]} for i in range(2)}
        header = json.dumps(shapes).encode()
        header = len(header).to_bytes(8, "little") + header
        if old:
            words = array.array("I", old[len(header) :])
            first = self.random.choice([0, 0, count])
            steps = self.random.randbytes(len(words) - first)
            words = words[:first] + array.array("I", [word + step % 5 for word, step in zip(words[first:], steps)])
        else:
            words = array.array("I", [(127 << 23) + self.random.getrandbits(22) for _ in range(2 * count)])
        return header + words.tobytes()


class Store:
    """What a store was given: the lists of these pointers, and these contents."""

    def __init__(self):
        self.lists, self.contents, self.lost = set(), set(), False


class World:
    def __init__(self, seed, top, steps):
        self.random = random.Random(seed)
        self.top, self.steps = top, steps
        self.source = Source(self.random)
        self.origin = os.path.join(top, "origin.git")
        self.known = {}  # blob of a pointer -> its version
        self.versioned = set()  # contents that some version has
        self.commits = {}  # id -> {path: blob}
        self.parents = {}
        self.subjects = {}  # subject -> the newest commit of that subject
        self.remotes = {"prod": set(), "second": set()}  # blobs that a push confirmed
        self.count = 0
        self.run(top, "git", "init", "-q", "--bare", "-b", "main", self.origin)

    def run(self, folder, *words, codes=None, env=None):
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", env=env and {**os.environ, **env})
        said = " ".join("cairn" if word == CAIRN else word for word in words)
        self.steps.append(f"{os.path.basename(folder)}$ {said}  # {done.returncode}")
        if codes is not None and done.returncode not in codes:
            raise AssertionError(f"exit {done.returncode}, not in {codes}: {words}: {done.stdout}{done.stderr}")
        return done

    def lines(self, folder, *words):
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def learn(self, blob, version):
        if self.known.setdefault(blob, version) != version:
            raise AssertionError(f"one pointer for two versions: {differing(version, self.known[blob])}")
        self.versioned |= {content(entry) for entry in version.values()}

    def version(self, commit, path):
        return self.known.get(self.commits[commit].get(path)) if commit in self.commits else None

    # ---- commits ----
    def record(self, clone):
        """Every new commit of a clone; versions of merges and rebases are held against a merge of the model's own."""
        lines = self.lines(clone.top, "git", "log", "--all", "--reverse", "--topo-order", "--format=%H\t%P\t%s", "HEAD")
        for line in lines:
            commit, parents, subject = line.split("\t")
            if commit in self.commits:
                continue
            tree = self.lines(clone.top, "git", "ls-tree", "-r", commit)
            pointers = {row.split("\t")[1][:-6]: row.split()[2] for row in tree if row.endswith(".cairn")}
            self.commits[commit], self.parents[commit] = pointers, parents.split()
            self.check_merge(clone, commit, subject)
            self.subjects[subject] = commit
            clone.store.lists |= set(pointers.values())

    def sides(self, clone, commit, subject):
        """(bases, ours, theirs) of a commit that git merged, or None."""
        parents = self.parents[commit]
        if len(parents) == 2:
            return self.lines(clone.top, "git", "merge-base", "--all", *parents), *parents
        if len(parents) == 1 and subject in self.subjects:
            replayed = self.subjects[subject]
            return self.parents[replayed][:1], parents[0], replayed
        return None

    def check_merge(self, clone, commit, subject):
        sides = self.sides(clone, commit, subject)
        for path, blob in self.commits[commit].items():
            if not sides:
                if blob not in self.known:
                    raise AssertionError(f"{commit}: the pointer of {path} is of no version that was added")
                continue
            bases, ours, theirs = sides
            ours, theirs = self.version(ours, path), self.version(theirs, path)
            if len(bases) == 1:
                merged, _ = three_way(self.version(bases[0], path), ours, theirs, clone.pick)
            else:
                merged = self.restored(clone, commit, path)
                of_sides = [ours or {}, theirs or {}] + [self.version(base, path) or {} for base in bases]
                if any(entry not in [side.get(name) for side in of_sides] for name, entry in merged.items()):
                    raise AssertionError(f"{commit}: a merge of {path} made something of its own")
            if blob in self.known and self.known[blob] != merged:
                raise AssertionError(f"{commit}: {path} is merged wrongly: {differing(self.known[blob], merged)}")
            self.learn(blob, merged)

    def restored(self, clone, commit, path):
        out = os.path.join(self.top, "out")
        shutil.rmtree(out, ignore_errors=True)
        self.run(clone.top, CAIRN, "restore", commit, "--to", out, "--", path, codes=[DONE])
        return here_at(out, path)

    def restore(self, folder, commit, codes, *words):
        """Restores a commit anywhere; what comes has to be its bytes."""
        out = os.path.join(self.top, "out")
        shutil.rmtree(out, ignore_errors=True)
        if self.run(folder, CAIRN, "restore", *words, commit, "--to", out, codes=codes).returncode != DONE:
            return
        for path in POOL:
            wanted, found = self.version(commit, path) or {}, here_at(out, path)
            if found != wanted:
                raise AssertionError(f"{commit} in {folder}: {path}: {differing(found, wanted)}")

    # ---- what others can get ----
    def origin_commits(self):
        return self.lines(self.origin, "git", "rev-list", "--all")

    def check_origin(self, all_of_them=False):
        """Whatever git origin has restores from the remote alone."""
        commits = self.origin_commits()
        if not commits:
            return
        folder = os.path.join(self.top, "verify")
        shutil.rmtree(folder, ignore_errors=True)
        self.run(self.top, "git", "clone", "-q", self.origin, folder, codes=[0])
        for name in self.remotes:
            self.run(folder, CAIRN, "remote", "add", name, os.path.join(self.top, name), codes=[DONE])
        for ref in self.lines(folder, "git", "for-each-ref", "--format=%(refname)", "refs/remotes", "refs/tags"):
            self.run(folder, CAIRN, "check", "--pushed", ref, codes=[DONE])
        picked = commits if all_of_them else self.random.sample(commits, min(3, len(commits)))
        for commit in picked:
            if self.random.random() < 0.6:
                shutil.rmtree(os.path.join(folder, ".git", "cairn"), ignore_errors=True)
            self.restore(folder, commit, [DONE])
        known = [commit for commit in commits if set(self.commits[commit].values()) <= self.remotes["second"]]
        if known:
            shutil.rmtree(os.path.join(folder, ".git", "cairn"), ignore_errors=True)
            self.restore(folder, self.random.choice(known), [DONE], "-r", "second")


class Clone:
    def __init__(self, world, name, hooks, store=None, shared=""):
        self.world, self.name, self.hooks = world, name, hooks
        self.top = os.path.join(world.top, name)
        self.store = store or Store()
        self.shared = shared
        self.base = {path: set() for path in POOL}  # what the tree may be based on
        self.partial = {}  # path -> names that are written out
        self.states = {}
        self.branch = "main"
        self.pick = "ours"
        self.force = False
        self.before = {}

    # ---- running ----
    def git(self, *words, codes=(0,)):
        return self.world.run(self.top, "git", *words, codes=codes)

    def cairn(self, *words, codes=(DONE,)):
        if words[0] in KILLED and self.world.random.random() < 0.1:
            self.kill(words)
        return self.world.run(self.top, CAIRN, *words, codes=codes)

    def kill(self, words):
        delay = self.world.random.choice([0.002, 0.005, 0.01, 0.02, 0.04])
        self.world.steps.append(f"{self.name}$ killed after {delay} s: cairn {' '.join(words)}")
        process = subprocess.Popen(
            [CAIRN, *words], cwd=self.top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for name in os.listdir(os.path.join(self.top, ".git")):
            if name.endswith(".lock"):  # git's own; git says to remove it
                os.unlink(os.path.join(self.top, ".git", name))

    def here(self, path):
        return here_at(self.top, path)

    def staged(self):
        rows = self.world.lines(self.top, "git", "ls-files", "-s", "*.cairn")
        return {row.split("\t")[1][:-6]: row.split()[1] for row in rows if row.split()[2] == "0"}

    def is_committed(self):
        return not self.world.lines(self.top, "git", "status", "--porcelain", "-uno")

    def head(self):
        return self.world.lines(self.top, "git", "rev-parse", "HEAD")[0]

    def outgoing(self):
        return self.world.lines(self.top, "git", "rev-list", "HEAD", "--not", "--remotes=origin")

    # ---- what has to be had here ----
    def is_safe(self, blob):
        """The data that a pointer names is here or on the default remote, as far as commands that ended well said so."""
        far = self.world.remotes["prod"]
        if blob in far:
            return True
        if blob not in self.store.lists:
            return False
        contents = {content(entry) for other in far for entry in self.world.known[other].values()} | self.store.contents
        return all(content(entry) in contents for entry in self.world.known[blob].values())

    def are_safe(self, commits):
        return all(self.is_safe(blob) for commit in commits for blob in self.world.commits[commit].values())

    # ---- what holds after every step ----
    def remember(self):
        self.before = {path: self.here(path) for path in POOL}
        self.force = False

    def check_kept(self):
        """Nothing that no version has is gone or changed."""
        for path, before in self.before.items() if not self.force else ():
            now = self.here(path)
            for name, entry in before.items():
                if content(now.get(name)) != content(entry) and content(entry) not in self.world.versioned:
                    raise AssertionError(f"{self.name}: {path}/{name} was lost: {differing(now, before)}")

    def look(self):
        """What status says is true; what it says narrows what the tree is based on."""
        rows = json.loads(self.world.run(self.top, CAIRN, "--json", "status", codes=[DONE]).stdout)["paths"]
        staged = self.staged()
        self.states = {}
        for row in rows:
            path, state, blob = row["path"], row["state"], staged.get(row["path"])
            self.states[path] = state
            if blob is None:
                continue
            here, version = self.here(path), self.world.known.get(blob)
            if version is None:  # a merge that is not committed
                continue
            self.check_state(path, row, here, version, self.base[path] == {blob})
            if state == "clean":
                self.base[path] = {blob}
                if row["partial"]:
                    self.partial[path] = set(here)
                else:
                    self.partial.pop(path, None)
            elif version.items() <= here.items():
                self.base[path].add(blob)

    def check_state(self, path, row, here, version, on_this):
        state, wrong = row["state"], ""
        if state == "clean" and not row["partial"] and here != version:
            wrong = differing(here, version)
        elif state == "clean" and row["partial"] and not (here.items() <= version.items() and path in self.partial):
            wrong = "partial: " + differing(here, version)
        elif state in ("modified", "missing-data") and on_this and here == version:
            wrong = "nothing differs"
        elif state == "not-stored" and not self.store.lost:
            wrong = "nothing was lost"
        elif state in ("bad-pointer", "newer-pointer", "outside"):
            wrong = "no such thing"
        elif row.get("pushed") and not self.is_pushed(self.staged()[path]):
            wrong = "not on the remote"
        if wrong:
            raise AssertionError(f"{self.name}: status says that {path} is {state}: {wrong}")

    def is_pushed(self, blob):
        """A root is on the remote. A push that failed in the end, or was ended, may have brought some of its versions there."""
        world = self.world
        if blob not in world.remotes["prod"]:
            text = world.lines(self.top, "git", "cat-file", "blob", blob)
            root = next(line.rpartition(":")[2] for line in reversed(text) if line.startswith(("oid ", "tree ")))
            if any(root in names for _, _, names in os.walk(os.path.join(world.top, "prod", "roots"))):
                world.remotes["prod"].add(blob)
        return blob in world.remotes["prod"]

    def may_conflict(self, paths):
        """Something stands there that is not of the version that the pointer names."""
        staged = self.staged()
        for path in paths:
            version = self.world.known.get(staged.get(path)) or {}
            if any(content(entry) != content(version.get(name)) for name, entry in self.here(path).items()):
                return True
        return False

    def check_written(self, paths):
        """The tree is what the pointers name; beside it may stand what no version has."""
        staged = self.staged()
        for path in paths:
            version, here = self.world.known[staged[path]], self.here(path)
            if path in self.partial:
                version = {name: entry for name, entry in version.items() if name in here}
            if not version.items() <= here.items():
                raise AssertionError(f"{self.name}: {path} was not written: {differing(here, version)}")
