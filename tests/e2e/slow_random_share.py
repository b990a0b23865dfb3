"""Three clones that share one git origin and a data remote, in random steps, held against a model: the bytes of each commit.

Some clones have git hooks, some share a store, some were cloned in part. They change, add, commit, push, merge, rebase and switch;
they prune, collect, lose whole stores, and commands are ended by SIGKILL and run again. What must hold: whatever git origin has restores
byte for byte from the remote alone; nothing that no version has is lost from a work tree; merges are what a merge of the model's own is;
status says the truth; a command that succeeds did what it says; fsck and doctor find nothing.
CAIRN_SHARE_ROUNDS lives (8) of CAIRN_SHARE_STEPS steps (40) from CAIRN_SHARE_SEED (5) on; a failure prints its seed and all its steps.
"""

import os
import shutil
import subprocess

from lib_life import CAIRN, CONFLICT, DONE, content, play_all
from lib_share import FOLDERS, POOL, Clone, Store, World

MISSING, ANSWER_NO = 6, 3
BRANCHES = ["main", "main", "b1", "b2"]
ORIGIN = "origin"


class Sharing:
    def __init__(self, seed, top, steps):
        self.world = World(seed, top, steps)
        self.random, self.steps = self.world.random, steps
        self.clones = []
        self.found()
        shared = Store()
        for name in ("ben", "cem"):
            together = seed % 3 == 0
            self.clones.append(self.clone(name, self.random.random() < 0.5, shared if together else None, together))
        self.kinds = [self.do_change] * 8 + [self.do_push] * 5 + [self.do_sync] * 5 + [self.do_pull] * 3 + [self.do_switch] * 2
        self.kinds += [self.do_edit, self.do_add, self.do_commit, self.do_partial, self.do_remove, self.do_fetch, self.do_checkout]
        self.kinds += [self.do_prune, self.do_gc, self.do_lose, self.do_amend, self.do_reset, self.do_tag, self.do_delete, self.do_old]
        self.kinds += [self.do_second, self.do_repair, self.do_restore, self.do_force, self.do_reclone, self.do_race, self.do_fsck]

    def found(self):
        """The first clone and commit, pushed."""
        world = self.world
        ada = Clone(world, "ada", hooks=self.random.random() < 0.5)
        world.run(world.top, "git", "clone", "-q", world.origin, ada.top, codes=[0])
        ada.git("checkout", "-q", "-b", "main")
        self.set_up(ada)
        self.clones.append(ada)
        for path in POOL:
            self.edit(ada, path)
            ada.cairn("add", path)
            self.note_added(ada, path, ada.here(path))
        self.commit(ada)
        self.push(ada)

    def set_up(self, clone):
        world = self.world
        if clone.shared:
            clone.git("config", "cairn.store", os.path.join(world.top, "store"))
        clone.cairn("init", *([] if clone.hooks else ["--no-hooks"]))
        for name in world.remotes:
            clone.cairn("remote", "add", name, os.path.join(world.top, name))

    def clone(self, name, hooks, store=None, shared=False):
        clone = Clone(self.world, name, hooks, store, shared)
        self.world.run(self.world.top, "git", "clone", "-q", self.world.origin, clone.top, codes=[0])
        self.set_up(clone)
        if self.random.random() < 0.7:
            self.pull(clone)
        clone.look()
        return clone

    def step(self):
        clone = self.random.choice(self.clones)
        clone.look()
        clone.remember()
        self.random.choice(self.kinds)(clone)
        for other in self.clones:
            other.check_kept()
            other.remember()
        clone.look()
        if self.random.random() < 0.15:
            self.world.check_origin()

    def end(self):
        self.world.check_origin(all_of_them=True)
        for clone in self.clones:
            self.do_fsck(clone)
            for commit in self.world.lines(clone.top, "git", "rev-list", "--all", "HEAD"):
                self.world.restore(clone.top, commit, [DONE] if clone.are_safe([commit]) else [DONE, MISSING])

    # ---- changes by hand ----
    def edit(self, clone, path):
        self.steps.append(f"{clone.name}# edit {path}")
        full = os.path.join(clone.top, path)
        if path not in FOLDERS:
            old = clone.here(path).get("")
            make = self.world.source.table if path.endswith(".csv") else self.world.source.model
            return self.write(full, make(old and old[1]))
        for _ in range(self.random.randrange(1, 4)):
            name = self.random.choice(["", "d0/", "d1/"]) + f"f{self.random.randrange(3)}"
            exists = os.path.exists(os.path.join(full, name))
            kind = self.random.choice(["write", "write", "write", "remove", "chmod"]) if exists else "write"
            if kind == "chmod":
                os.chmod(os.path.join(full, name), os.stat(os.path.join(full, name)).st_mode ^ 0o111)
            elif kind == "remove" and len(clone.here(path)) > 1:
                os.unlink(os.path.join(full, name))
                if not os.listdir(os.path.dirname(os.path.join(full, name))):
                    os.rmdir(os.path.dirname(os.path.join(full, name)))
            else:
                self.write(os.path.join(full, name), self.world.source.small())

    @staticmethod
    def write(full, content_):
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as stream:
            stream.write(content_)

    def can_edit(self, clone, path):
        """What is here is known to be of one version, so that an add makes of it what the model knows."""
        return len(clone.base[path]) == 1 and clone.here(path) and (path not in clone.partial or clone.states.get(path) == "clean")

    # ---- add and commit ----
    def note_added(self, clone, path, version):
        world, blob = self.world, clone.staged()[path]
        world.learn(blob, version)
        clone.base[path] = {blob}
        clone.store.lists.add(blob)
        clone.store.contents |= {content(entry) for entry in version.values()}

    def add(self, clone, path):
        blob, base, here = clone.staged().get(path), clone.base[path], clone.here(path)
        if blob is None or not base or not here or blob not in self.world.known:
            return
        version = here
        if path in clone.partial:
            if base != {blob}:
                return
            version = {name: entry for name, entry in self.world.known[blob].items() if name not in clone.partial[path]} | here
        codes = [DONE] if base == {blob} else [DONE, CONFLICT] if blob in base else [CONFLICT]
        if path in clone.partial and clone.store.lost:
            codes.append(MISSING)
        if clone.cairn("add", path, codes=codes).returncode == DONE:
            had = set(clone.store.contents)
            self.note_added(clone, path, version)
            clone.store.contents = had | {content(entry) for entry in here.values()}
            if path in clone.partial:
                clone.partial[path] = set(here)

    def do_edit(self, clone):
        path = self.random.choice(POOL)
        if self.can_edit(clone, path):
            self.edit(clone, path)
            clone.remember()

    def do_add(self, clone):
        self.add(clone, self.random.choice(POOL))

    def commit(self, clone, *words):
        fine = all(state in ("clean", "stale", "not-materialised") for state in clone.states.values())
        name = self.world.name("c")
        done = clone.git("commit", "-q", "-am", name, *words, codes=[0] if fine or not clone.hooks else [0, 1])
        self.world.record(clone)
        clone.look()  # data has followed what was staged, where a hook does so
        return done.returncode == 0

    def do_commit(self, clone):
        if not clone.is_committed():
            clone.look()
            self.commit(clone)

    def do_change(self, clone):
        """One to three commits, so that a push has some to bring that are not the newest."""
        for _ in range(self.random.randrange(1, 4)):
            for path in self.random.sample(POOL, self.random.randrange(1, 3)):
                if self.can_edit(clone, path):
                    self.edit(clone, path)
                    self.add(clone, path)
            clone.remember()
            self.do_commit(clone)

    def do_amend(self, clone):
        if clone.head() in clone.outgoing() and len(self.world.parents[clone.head()]) == 1:
            self.do_edit(clone)
            self.do_add(clone)
            clone.look()
            self.commit(clone, "--amend")

    def do_reset(self, clone):
        parents = self.world.parents[clone.head()]
        if parents and clone.is_committed():
            clone.git("reset", "-q", "--hard", parents[0])
            if self.random.random() < 0.5:
                self.do_checkout(clone)

    # ---- sharing ----
    def push(self, clone):
        """Through the gate: the hook, or push of both."""
        world, outgoing = self.world, clone.outgoing()
        safe = clone.are_safe([*outgoing, clone.head()])
        if not clone.hooks:
            self.cairn_push(clone, safe)
        tips = world.lines(world.origin, "git", "for-each-ref", "--format=%(objectname)", f"refs/heads/{clone.branch}")
        ahead = not tips or tips[0] in world.lines(clone.top, "git", "rev-list", "HEAD")
        if not clone.hooks and not set(clone_blobs(world, outgoing)) <= world.remotes["prod"]:
            return
        done = clone.git("push", "-q", ORIGIN, f"HEAD:{clone.branch}", codes=[0] if safe and ahead else [0, 1])
        if done.returncode == 0:
            world.remotes["prod"] |= clone_blobs(world, outgoing)

    def cairn_push(self, clone, safe, *words, remote="prod", commits=None):
        world = self.world
        commits = [*clone.outgoing(), clone.head()] if commits is None else commits
        staged = {blob for blob in clone.staged().values() if blob in world.known}
        safe = safe and all(clone.is_safe(blob) for blob in staged) and remote == "prod"
        if clone.cairn("push", "-r", remote, *words, codes=[DONE] if safe else [DONE, MISSING, CONFLICT]).returncode == DONE:
            world.remotes[remote] |= clone_blobs(world, commits) | staged

    def do_push(self, clone):
        self.push(clone)
        if self.random.random() < 0.3:
            self.world.check_origin()

    def do_second(self, clone):
        self.cairn_push(clone, False, remote="second")

    def do_repair(self, clone):
        self.cairn_push(clone, clone.are_safe([*clone.outgoing(), clone.head()]), "--repair")

    def do_tag(self, clone):
        name = self.world.name("t")
        clone.git("tag", name)
        outgoing, safe = clone.outgoing(), clone.are_safe([*clone.outgoing(), clone.head()])
        if not clone.hooks:
            self.cairn_push(clone, safe)
        if clone.hooks or safe:
            if clone.git("push", "-q", ORIGIN, name, codes=[0] if safe else [0, 1]).returncode == 0:
                self.world.remotes["prod"] |= clone_blobs(self.world, outgoing)

    def do_race(self, clone):
        """Two clones push at once."""
        pair = self.random.sample(self.clones, 2)
        safe = [other for other in pair if other.is_committed() and other.are_safe([*other.outgoing(), other.head()])]
        if len(safe) < 2:
            return
        self.steps.append(f"{pair[0].name}, {pair[1].name}$ cairn push  # at once")
        pushes = [subprocess.Popen([CAIRN, "-q", "push"], cwd=other.top, stderr=subprocess.PIPE, text=True) for other in pair]
        for other, push in zip(pair, pushes):
            said = push.communicate()[1]
            if push.returncode != DONE:
                raise AssertionError(f"exit {push.returncode} of a push of {other.name} beside another: {said}")
            self.world.remotes["prod"] |= clone_blobs(self.world, [*other.outgoing(), other.head()])

    def do_sync(self, clone):
        if not clone.is_committed():
            return
        clone.git("fetch", "-q", "--tags", ORIGIN)
        theirs = self.random.choice([clone.branch, clone.branch, "main"])
        if not self.world.lines(clone.top, "git", "for-each-ref", f"refs/remotes/origin/{theirs}"):
            return
        clone.pick = self.random.choice(["ours", "theirs"])
        if self.random.random() < 0.3:
            done = clone.git("rebase", "-q", f"origin/{theirs}", codes=(0, 1))
        else:
            done = clone.git("merge", "-q", "-m", self.world.name("m"), f"origin/{theirs}", codes=(0, 1))
        if done.returncode != 0:
            self.resolve(clone)
        self.world.record(clone)
        if self.random.random() < 0.6:
            self.pull(clone)

    def resolve(self, clone):
        gives_up = self.random.random() < 0.3
        for _ in range(20):
            merging = os.path.exists(os.path.join(clone.top, ".git", "MERGE_HEAD"))
            rebasing = os.path.exists(os.path.join(clone.top, ".git", "rebase-merge"))
            if not merging and not rebasing:
                return
            if gives_up:
                clone.git("merge" if merging else "rebase", "--abort")
                continue
            if self.world.lines(clone.top, "git", "ls-files", "-u"):
                clone.look()
                clone.cairn("merge", "--pick", f"all={clone.pick}", codes=[DONE, 2])  # 2: an ended one had done it all
            words = ["commit", "-q", "--no-edit"] if merging else ["-c", "core.editor=true", "rebase", "--continue"]
            if clone.git(*words, codes=(0, 1)).returncode != 0 and not self.world.lines(clone.top, "git", "ls-files", "-u"):
                gives_up = True  # a hook refused it
        raise AssertionError(f"{clone.name}: no end of the conflicts")

    def do_switch(self, clone):
        if not clone.is_committed():
            return
        name = self.random.choice(BRANCHES)
        there = self.world.lines(clone.top, "git", "for-each-ref", f"refs/heads/{name}", f"refs/remotes/origin/{name}")
        clone.git("switch", "-q", *([name] if there else ["-c", name]))
        clone.branch = name
        if self.random.random() < 0.5:
            self.pull(clone)

    def do_delete(self, clone):
        name = self.random.choice(BRANCHES[2:])
        if name == clone.branch or self.random.random() < 0.5:
            clone.git("push", "-q", ORIGIN, f":{name}", codes=(0, 1))
        else:
            clone.git("branch", "-q", "-D", name, codes=(0, 1))

    # ---- data ----
    def paths(self, clone):
        return [path for path, blob in clone.staged().items() if blob in self.world.known]

    def writes(self, clone, words, paths, codes=()):
        """A command that writes the tree; it may refuse where something else stands."""
        codes = [DONE, *codes] + ([CONFLICT] if clone.may_conflict(paths) else [])
        done = clone.cairn(*words, codes=codes).returncode == DONE
        if done:
            clone.check_written(paths)
        return done

    def pull(self, clone, *words):
        paths = self.paths(clone)
        staged = clone.staged()
        missing = [] if all(clone.is_safe(staged[path]) for path in paths) else [MISSING]
        clone.look()
        return self.writes(clone, ["pull", *words], paths, missing)

    def do_pull(self, clone):
        self.pull(clone, *(["--no-store"] if self.random.random() < 0.2 else []))

    def do_fetch(self, clone):
        staged = clone.staged()
        safe = all(clone.is_safe(staged[path]) for path in self.paths(clone))
        clone.cairn("fetch", *self.random.choice([[], ["--lists"]]), codes=[DONE] if safe else [DONE, MISSING])

    def do_checkout(self, clone):
        self.writes(clone, ["checkout"], self.paths(clone), [MISSING])

    def do_force(self, clone):
        path = self.random.choice(self.paths(clone))
        clone.force = True
        self.writes(clone, ["checkout", "--force", path], [path], [MISSING])

    def do_old(self, clone):
        commit = self.random.choice(self.world.lines(clone.top, "git", "rev-list", "HEAD"))
        path = self.random.choice(sorted(self.world.commits[commit]))
        if not clone.is_committed():
            return
        done = clone.cairn("checkout", commit, "--", path, codes=[DONE, MISSING, CONFLICT])
        if done.returncode == DONE:
            if clone.staged()[path] != self.world.commits[commit][path]:
                raise AssertionError(f"{path} of {commit} was not staged")
            clone.check_written([path])

    def do_partial(self, clone):
        path = self.random.choice(FOLDERS)
        whole = self.random.random() < 0.4
        if not whole and clone.states.get(path) == "clean" and path not in clone.partial:
            shutil.rmtree(os.path.join(clone.top, path))
            clone.remember()
        if not clone.here(path):
            clone.partial[path] = set()
        words = ["pull", "--include", f"{path}/**" if whole else f"{path}/{self.random.choice(['d0/**', 'f*', 'f1'])}", path]
        safe = clone.is_safe(clone.staged().get(path))
        codes = [DONE] + ([CONFLICT] if clone.may_conflict([path]) else []) + ([] if whole else [2]) + ([] if safe else [MISSING])
        if clone.cairn(*words, codes=codes).returncode == DONE and whole:
            clone.partial.pop(path, None)
            clone.check_written([path])

    def do_remove(self, clone):
        path = self.random.choice(POOL)
        full = os.path.join(clone.top, path)
        if clone.states.get(path) == "clean" and os.path.lexists(full):
            self.steps.append(f"{clone.name}# rm -r {path}")
            shutil.rmtree(full) if os.path.isdir(full) else os.unlink(full)
            clone.remember()

    def do_restore(self, clone):
        commit = self.random.choice(self.world.lines(clone.top, "git", "rev-list", "--all", "HEAD"))
        self.world.restore(clone.top, commit, [DONE] if clone.are_safe([commit]) else [DONE, MISSING])

    # ---- stores ----
    def do_prune(self, clone):
        clone.cairn("cache", "prune", "--max-size", self.random.choice(["0", "100K", "1M"]), codes=[DONE, ANSWER_NO])

    def do_gc(self, clone):
        clone.cairn("gc", "--yes", *self.random.choice([[], ["--grace", "0"], ["--grace", "0", "--allow-unpushed"]]))

    def do_lose(self, clone):
        """The whole store, where the remote has all that git knows of here."""
        commits = self.world.lines(clone.top, "git", "rev-list", "--all", "HEAD")
        if clone.shared or not clone.is_committed() or not clone_blobs(self.world, commits) <= self.world.remotes["prod"]:
            return
        what = self.random.choice([["packs", "index"], [""]])
        self.steps.append(f"{clone.name}# the store is lost: {what}")
        for name in what:
            shutil.rmtree(os.path.join(clone.top, ".git", "cairn", name), ignore_errors=True)
        clone.store.lists, clone.store.contents, clone.store.lost = set(), set(), True
        if what == [""]:
            clone.base, clone.partial = {path: set() for path in POOL}, {path: set() for path in FOLDERS}
        self.pull(clone)

    def do_reclone(self, clone):
        commits = self.world.lines(clone.top, "git", "rev-list", "--all", "HEAD")
        kept = set(self.world.origin_commits())
        if clone.shared or not clone.is_committed() or not set(commits) <= kept:
            return
        self.steps.append(f"{clone.name}# cloned again")
        shutil.rmtree(clone.top)
        clone.before = {}
        self.clones[self.clones.index(clone)] = new = self.clone(clone.name, not clone.hooks)
        new.remember()

    def do_fsck(self, clone):
        clone.cairn("fsck")
        clone.cairn("fsck", "-r", self.random.choice([name for name, blobs in self.world.remotes.items() if blobs]))
        if not self.world.lines(clone.top, "git", "ls-files", "-u"):
            clone.cairn("doctor")


def clone_blobs(world, commits):
    return {blob for commit in commits for blob in world.commits[commit].values()}


if __name__ == "__main__":
    play_all("share", rounds=8, steps=40, begin=Sharing)
