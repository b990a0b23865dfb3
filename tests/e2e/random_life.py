"""The life of tracked paths in random steps without a pause, held against a model: plain copies of what each version is.

Files change, come and go right before and after add, mv, rm, checkout, restore, git mv, git stash and git switch, within one tick of
the file system's clock and mostly without a change of size. After each step every byte, name, link and x bit is compared, and so is
what `cairn status` says. CAIRN_LIFE_ROUNDS sequences (2) of CAIRN_LIFE_STEPS steps (35) from CAIRN_LIFE_SEED (5) on; odd seeds have git
hooks. A failure prints its seed and all its steps.
"""

import json
import os
import random
import shutil
import subprocess

from lib_life import CAIRN, CONFLICT, DONE, content, play_all, scan

FOLDERS = ["data", "sets/a", "far/a", "deep/er/c"]
FILES = ["model.bin", "sets/f.bin", "far/f.bin"]
POOL = FOLDERS + FILES


def without_filled(version):
    """A place that others are below of is no entry."""
    filled = {"/".join(name.split("/")[:i]) for name in version for i in range(1, name.count("/") + 1)}
    return {name: entry for name, entry in version.items() if name not in filled}


def version_id(version):
    """What a pointer's oid tells apart: of a lone file its bytes alone."""
    return content(version[""]) if version and "" in version else version


class Life:
    def __init__(self, seed, top, steps):
        self.random = random.Random(seed)
        self.hooks = seed % 2 == 1
        self.steps = steps
        self.top = os.path.join(top, "repo")
        self.out = os.path.join(top, "out")
        self.pointers = {}  # path -> version that the pointer in the work tree names
        self.base = {}  # path -> version that is known to have been made here
        self.stored = {b""}  # contents that the store has
        self.followed = None  # the commit that the data followed last
        self.commits = {}  # id -> its pointers
        self.head = None
        self.stash = None  # (head, pointers)
        self.branches = {}
        os.makedirs(self.top)
        self.git("init", "-q", "-b", "main", ".")
        self.cairn(DONE, "init", *([] if self.hooks else ["--no-hooks"]))
        self.branch = "main"
        self.edit("data")
        self.edit("model.bin")
        self.add("data")
        self.add("model.bin")
        self.commit()

    # ---- running ----
    def run(self, *words):
        self.steps.append(" ".join(words))
        return subprocess.run(words, cwd=self.top, capture_output=True, text=True, errors="replace")

    def git(self, *words, may_fail=False):
        done = self.run("git", *words)
        if done.returncode != 0 and not may_fail:
            raise AssertionError(f"git {words}: {done.stdout}{done.stderr}")
        return done

    def cairn(self, code, *words):
        done = self.run(CAIRN, *words)
        if done.returncode != code:
            raise AssertionError(f"exit {done.returncode} instead of {code}: {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def place(self, path, inside=""):
        return os.path.join(self.top, path, inside) if inside else os.path.join(self.top, path)

    def here(self, path):
        return scan(self.place(path))

    # ---- changes by hand ----
    def bytes(self):
        return b"%08d" % self.random.randrange(30) * self.random.choice([1, 1, 1, 2])

    def edit(self, path):
        """A few changes; sizes and stamps mostly stay."""
        if path in FILES:
            self.steps.append(f"# edit {path}")
            os.makedirs(os.path.dirname(self.place(path)), exist_ok=True)
            return self.write(self.place(path))
        for _ in range(self.random.randrange(1, 4)):
            name = self.random.choice(["", "d0/", "d1/deep/"]) + self.random.choice(["f0", "f1", "f2", "l0"])
            here = [name for name, entry in self.here(path).items() if entry[0] != "empty"]
            if here and self.random.random() < 0.6:
                name = self.random.choice(sorted(here))
            self.change(path, name, self.random.choice(["write", "write", "remove", "chmod", "swap", "empty"]))
        if not any(entry[0] == "file" for entry in self.here(path).values()):
            self.change(path, "f0", "write")

    def change(self, path, name, kind):
        self.steps.append(f"# {kind} {path}/{name}")
        full = self.place(path, name)
        exists = os.path.lexists(full)
        if kind == "empty":
            full = os.path.join(os.path.dirname(full), "e0")
            return shutil.rmtree(full) if os.path.lexists(full) else os.makedirs(full)
        if kind == "remove" or kind == "swap" and not exists:
            return os.unlink(full) if exists else None
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if name.endswith("l0"):
            if exists:
                os.unlink(full)
            return os.symlink(f"f{self.random.randrange(9)}", full)
        if kind == "chmod" and exists:
            return os.chmod(full, os.stat(full).st_mode ^ 0o111)
        if kind == "swap":  # another file under the same name
            self.write(full + ".new")
            return os.replace(full + ".new", full)
        return self.write(full)

    def write(self, full):
        with open(full, "r+b" if os.path.exists(full) else "wb") as stream:
            stream.truncate()
            stream.write(self.bytes())

    # ---- what the model expects ----
    def recoverable(self, entry):
        return entry[0] == "file" and entry[1] in self.stored

    def plan(self, path, version):
        """What a checkout makes of what is here, and whether that would lose something."""
        here, base = self.here(path), self.base.get(path) or {}
        after, conflicts = dict(here), []
        for name, entry in here.items():
            if name in version or name not in base:
                continue
            if content(base[name]) == content(entry) or self.recoverable(entry):
                del after[name]
            else:
                conflicts.append(name)
        for name, wanted in version.items():
            entry = here.get(name)
            if entry == wanted:
                continue
            safe = (
                entry is None
                or content(entry) == content(wanted)
                or content(base.get(name)) == content(entry)
                or self.recoverable(entry)
            )
            if not safe:
                conflicts.append(name)
            after[name] = wanted
        return without_filled(after), conflicts

    def follow(self, path, version, force=False):
        """Whether the data of a path could follow, and what is then expected."""
        after, conflicts = self.plan(path, version)
        if conflicts and not force:
            return False
        self.expected[path] = after
        self.base[path] = version
        return True

    def state(self, path):
        here, base = self.here(path), self.base[path]
        changed = {name: entry and entry[1:] for name, entry in here.items()} != {name: entry and entry[1:] for name, entry in base.items()}
        if path in FILES and here and not changed and here[""] != self.pointers[path][""]:
            return "modified" if version_id(base) == version_id(self.pointers[path]) else "stale"
        if changed:
            return "modified" if here else "missing-data"
        return "clean" if version_id(base) == version_id(self.pointers[path]) else "stale"

    def known(self, paths):
        return [path for path in paths if self.base.get(path) is not None]

    # ---- steps ----
    def step(self):
        self.expected = None
        kinds = [self.do_add] * 5 + [self.do_add_all, self.do_add_inside, self.do_checkout, self.do_checkout, self.do_force, self.do_old]
        kinds += [self.do_mv, self.do_mv, self.do_rm, self.do_restore, self.do_status, self.do_status, self.commit, self.commit]
        kinds += [self.do_git_mv, self.do_stash, self.do_pop, self.do_switch, self.do_switch]
        if self.random.random() < 0.6:
            self.do_edit()
        self.random.choice(kinds)()
        self.compare()

    def end(self):
        self.do_status()
        for commit in sorted(self.commits):
            self.do_restore()

    def do_edit(self):
        self.edit(self.random.choice(sorted(self.pointers) if self.pointers and self.random.random() < 0.8 else POOL))

    def sure(self):
        """Expect what is here now, with the exceptions that a step notes."""
        self.expected = {path: self.here(path) for path in POOL}

    def compare(self):
        for path, wanted in (self.expected or {}).items():
            found = self.here(path)
            if found != wanted:
                names = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
                raise AssertionError(f"{path}: " + "; ".join(f"{n!r} is {found.get(n)}, not {wanted.get(n)}" for n in names))

    def add(self, path):
        here = self.here(path)
        if not here or path in self.pointers and self.base.get(path) is None:
            return
        self.sure()
        if path in self.pointers and version_id(self.base[path]) != version_id(self.pointers[path]):
            return self.cairn(CONFLICT, "add", path)
        self.cairn(DONE, "add", path)
        self.note_added(path, here, here)

    def note_added(self, path, version, read):
        self.pointers[path] = self.base[path] = version
        self.stored |= {entry[1] for entry in read.values() if entry[0] == "file"}

    def do_add(self):
        self.add(self.random.choice([path for path in POOL if self.here(path)] or POOL))

    def do_add_all(self):
        paths = self.known(self.pointers)
        fine = all(self.here(path) and version_id(self.base[path]) == version_id(self.pointers[path]) for path in paths)
        if not paths or not fine or len(paths) < len(self.pointers):
            return
        self.sure()
        self.cairn(DONE, "add", "-u")
        for path in paths:
            self.note_added(path, self.here(path), self.here(path))

    def do_add_inside(self):
        path = self.random.choice(FOLDERS)
        if path not in self.known(self.pointers) or self.state(path) == "missing-data":
            return
        here, old = self.here(path), self.pointers[path]
        name = self.random.choice(sorted(here.keys() | self.base[path].keys()))
        self.sure()
        if version_id(self.base[path]) != version_id(old):
            return self.cairn(CONFLICT, "add", path + "/" + name) if name in here and here != self.base[path] else None
        self.cairn(DONE, "add", path + "/" + name)
        below = {other: entry for other, entry in here.items() if other == name or other.startswith(name + "/")}
        version = {other: entry for other, entry in old.items() if other != name and not other.startswith(name + "/")} | below
        self.note_added(path, without_filled(version), below)

    def do_checkout(self, force=False):
        paths = self.random.sample(sorted(self.pointers), min(2, len(self.pointers)))
        if not paths:
            return
        self.sure()
        fine = force or not any(self.plan(path, self.pointers[path])[1] for path in paths)
        self.cairn(DONE if fine else CONFLICT, "checkout", *(["--force"] if force else []), *paths)
        for path in paths if fine else []:
            self.follow(path, self.pointers[path], force)

    def do_force(self):
        self.do_checkout(force=True)

    def do_old(self):
        commit = self.random.choice(sorted(self.commits))
        paths = sorted(self.commits[commit])
        if not paths:
            return
        path = self.random.choice(paths)
        version = self.commits[commit][path]
        self.sure()
        fine = not self.plan(path, version)[1]
        self.cairn(DONE if fine else CONFLICT, "checkout", commit, "--", path)
        if fine:
            self.follow(path, version)
            self.pointers[path] = version

    def do_mv(self):
        paths = [path for path in sorted(self.pointers) if self.here(path)]
        if not paths:
            return
        path = self.random.choice(paths)
        to = self.random.choice([other for other in (FILES if path in FILES else FOLDERS) if other != path])
        self.sure()
        if self.here(to) or to in self.pointers or os.path.lexists(self.place(to)):
            return
        self.cairn(DONE, "mv", path, to)
        self.expected[to], self.expected[path] = self.expected[path], {}
        self.pointers[to] = self.pointers.pop(path)
        self.base[to] = self.base.pop(path, None)

    def do_rm(self):
        paths = self.known(sorted(self.pointers))
        if not paths or self.random.random() < 0.5:
            return
        path = self.random.choice(paths)
        self.sure()
        if self.state(path) == "modified":
            return self.cairn(CONFLICT, "rm", path)
        self.cairn(DONE, "rm", path)
        self.expected[path] = {}
        del self.pointers[path], self.base[path]

    def do_restore(self):
        commit = self.random.choice(sorted(self.commits))
        if not self.commits[commit]:
            return
        self.sure()
        shutil.rmtree(self.out, ignore_errors=True)
        self.cairn(DONE, "restore", commit, "--to", self.out)
        for path in POOL:
            found, wanted = scan(os.path.join(self.out, path)), self.commits[commit].get(path, {})
            if found != wanted:
                raise AssertionError(f"restored {path} of {commit}: {found}, not {wanted}")

    def do_status(self):
        self.sure()
        said = json.loads(self.cairn(DONE, "--json", "status"))
        states = {path["path"]: path["state"] for path in said["paths"]}
        if states.keys() != self.pointers.keys():
            raise AssertionError(f"status tells of {sorted(states)}, not {sorted(self.pointers)}")
        for path in self.known(self.pointers):
            if states[path] != self.state(path):
                raise AssertionError(f"status says that {path} is {states[path]}, not {self.state(path)}")

    # ---- git ----
    def commit(self):
        self.sure()
        if self.git("commit", "-q", "--allow-empty", "-am", "step", may_fail=True).returncode != 0:
            return  # a hook refused it
        self.head = self.git("rev-parse", "HEAD").stdout.strip()
        self.commits[self.head] = dict(self.pointers)
        self.branches[self.branch] = self.head
        self.after_git(self.head, "commit")

    def after_git(self, to, event, before=None):
        """What the hooks do; without them, nothing."""
        if not self.hooks:
            return
        start = self.followed or before
        old, new = self.commits[start] if start else {}, self.commits[to]
        changed = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
        for path in changed:
            if path not in new and not self.here(path) and self.base.get(path) is not None:
                for other in changed:
                    same = other not in old and new.get(other) == old[path]
                    if same and self.here(other) and self.base.get(other) is None:
                        self.base[other] = self.base.pop(path)
                        break
        fresh = [path for path in changed if path in new and path not in old]
        takes_new = event != "commit" and bool(fresh)
        takes_new = takes_new and all(self.base.get(path) is not None for path in self.pointers if path not in fresh)
        for path in changed:
            known = self.base.get(path)
            if path not in new:
                if known is not None and event != "commit":
                    self.leave(path, old[path])
                continue
            if known is None:
                wanted = takes_new and path not in old
            else:
                wanted = version_id(known) != version_id(new[path]) or path not in old and not self.here(path)
            if wanted:
                self.follow(path, self.pointers.get(path, new[path]))
        self.followed = to

    def leave(self, path, version):
        if not self.here(path):
            del self.base[path]
        elif version_id(self.base[path]) == version_id(version):
            here, base = self.here(path), self.base[path]
            if all(content(entry) == content(base[name]) for name, entry in here.items() if name in base):
                self.expected[path] = {name: entry for name, entry in here.items() if name not in base}
                del self.base[path]

    def is_committed(self):
        return self.pointers == self.commits[self.head]

    def do_switch(self):
        if not self.is_committed():
            return
        self.sure()
        name = self.random.choice(["main", "b1", "b2"])
        before = self.head
        if name not in self.branches:
            self.git("switch", "-q", "-c", name)
            self.branches[name] = self.head
        else:
            self.git("switch", "-q", name)
        self.branch, self.head = name, self.branches[name]
        self.pointers = dict(self.commits[self.head])
        self.after_git(self.head, "switch", before)

    def do_git_mv(self):
        """A folder with pointers, data and all. What is known of the data stays behind until a hook carries it over."""
        source, to = self.random.sample(["sets", "far"], 2)
        moved = [path for path in self.pointers if path.startswith(source + "/")]
        if os.path.isdir(self.place(to)) and not os.listdir(self.place(to)):
            os.rmdir(self.place(to))
        if not moved or os.path.lexists(self.place(to)):
            return
        self.sure()
        if self.git("mv", source, to, may_fail=True).returncode != 0:
            return
        for path in POOL:
            if path.startswith(source + "/"):
                new = to + path[len(source) :]
                self.expected[new], self.expected[path] = self.expected[path], {}
                if path in self.pointers:
                    self.pointers[new] = self.pointers.pop(path)

    def do_stash(self):
        if self.is_committed() or self.stash:
            return
        self.sure()
        self.git("stash", "push", "-q")
        self.stash = (self.head, self.pointers)
        self.pointers = dict(self.commits[self.head])

    def do_pop(self):
        if not self.stash or self.stash[0] != self.head or not self.is_committed():
            return
        self.sure()
        self.git("stash", "pop", "-q", "--index")
        self.pointers, self.stash = self.stash[1], None


if __name__ == "__main__":
    play_all("life", rounds=2, steps=35, begin=Life)
