#!/usr/bin/env python3
"""What versions of real data cost: cairn beside tools that store them, one run, tables of bytes and seconds.

  compare_versions.py DATA --cairn PATH [--peers restic,borg,git,git-lfs,zipnn,plain] [--only NAME,...] [--work DIR] [--restore] [--cold]

DATA holds series made by bench/data/make.py: NAME/<version>/…. Each tool adds the versions of a series one after the other,
in the same place. Printed: what all versions take (share of their sizes), what the last one added, and how long adding the
versions behind the first one took. `plain` is cairn without bases (`add --base none`); git is measured after `gc`, zipnn (one
file, floats) compresses each version alone. With --restore every version is brought back by cairn and compared; with --cold the last one
is pulled into an empty store, and what that downloads compared with the same version pushed by itself without bases.
Peers that are not installed are left out and named. Nothing here asserts a bar.
"""
import argparse
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost"]


def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=os.environ | {"BORG_PASSPHRASE": "", "RESTIC_PASSWORD": "x"})
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def tree_bytes(path):
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)


class Tool:
    """A store below `folder`; data of the version at hand lies in folder/data."""
    stored_in = ["store"]

    def __init__(self, folder):
        self.folder = folder

    def start(self):
        pass

    def add(self):
        raise NotImplementedError

    def stored(self):
        return sum(tree_bytes(self.folder / place) for place in self.stored_in)


class Cairn(Tool):
    stored_in = [".git/cairn/packs", ".git/cairn/index", ".git/objects"]
    binary = "cairn"
    flags = []

    def __init__(self, folder):
        super().__init__(folder)
        self.remotes = []

    def start(self):
        run([*GIT, "init", "-q", "."], self.folder)
        run([self.binary, "-q", "init", "--no-hooks"], self.folder)

    def add(self):
        run([self.binary, "-q", "add", *self.flags, "data"], self.folder)
        run([*GIT, "commit", "-qm", "version"], self.folder)

    def pulled_bytes(self, work, push_flags):
        """What the last version downloads from a directory remote that got it by a push with these flags."""
        remote, clone = tempfile.mkdtemp(dir=work), tempfile.mkdtemp(dir=work)
        name = f"r{len(self.remotes)}"
        self.remotes.append(remote)
        run([self.binary, "-q", "remote", "add", name, remote], self.folder)
        run([self.binary, "-q", "push", "-r", name, *push_flags], self.folder)
        run([*GIT, "clone", "-q", self.folder, clone], work)
        run([self.binary, "-q", "init", "--no-hooks"], clone)
        run([self.binary, "-q", "remote", "add", name, remote], clone)
        return json.loads(run([self.binary, "--json", "pull"], clone))["fetched"]["downloaded_bytes"]

    def restore(self, back, out):
        run([self.binary, "-q", "restore", f"HEAD~{back}" if back else "HEAD", "data", "--to", str(out), "--strip", "data"], self.folder)


class Plain(Cairn):
    flags = ["--base", "none"]


class Restic(Tool):
    def start(self):
        run(["restic", "-q", "-r", "store", "init"], self.folder)

    def add(self):
        run(["restic", "-q", "-r", "store", "backup", "data"], self.folder)


class Borg(Tool):
    count = 0

    def start(self):
        run(["borg", "init", "-e", "none", "store"], self.folder)

    def add(self):
        self.count += 1
        run(["borg", "create", "-C", "zstd,3", f"store::v{self.count}", "data"], self.folder)


class Git(Tool):
    stored_in = [".git/objects"]

    def start(self):
        run([*GIT, "init", "-q", "."], self.folder)

    def add(self):
        run([*GIT, "add", "-A", "data"], self.folder)
        run([*GIT, "commit", "-qm", "version"], self.folder)

    def stored(self):
        run([*GIT, "gc", "-q", "--prune=now"], self.folder)
        return super().stored()


class GitLfs(Git):
    stored_in = [".git/lfs", ".git/objects"]

    def start(self):
        super().start()
        run(["git", "lfs", "install", "--local"], self.folder)
        run(["git", "lfs", "track", "data/**"], self.folder)

    def stored(self):
        return Tool.stored(self)


class ZipNn(Tool):
    count = 0

    def start(self):
        (self.folder / "store").mkdir()

    def add(self):
        import zipnn
        self.count += 1
        for path in sorted(self.folder.glob("data/*.safetensors")):
            kind = "bfloat16" if "bf16" in self.series else "float32"
            packed = zipnn.ZipNN(input_format="byte", bytearray_dtype=kind, threads=1).compress(path.read_bytes())
            (self.folder / "store" / f"{self.count}-{path.name}").write_bytes(packed)


PEERS = {"plain": Plain, "restic": Restic, "borg": Borg, "git": Git, "git-lfs": GitLfs, "zipnn": ZipNn}
NEEDS = {"restic": "restic", "borg": "borg", "git-lfs": "git-lfs"}


def put_version(source, folder):
    """The files of this version, where the last one's were: what did not change keeps its time, as in a work tree."""
    target = folder / "data"
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for path in [path for path in target.rglob("*") if path.is_file()]:
        if path.relative_to(target) not in wanted:
            path.unlink()
    for name in sorted(wanted):
        if not (target / name).exists() or not filecmp.cmp(source / name, target / name, shallow=False):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
    time.sleep(0.05)


def same_tree(left, right):
    names = sorted(path.relative_to(left) for path in left.rglob("*") if path.is_file())
    return names == sorted(path.relative_to(right) for path in right.rglob("*") if path.is_file()) and \
        all(filecmp.cmp(left / name, right / name, shallow=False) for name in names)


def measure(tool_class, versions, work, series):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    tool = tool_class(folder)
    tool.series = series
    tool.start()
    before, seconds = 0, 0.0
    for number, version in enumerate(versions):
        if number == len(versions) - 1 and number > 0:
            before = tool.stored()
        put_version(version, folder)
        start = time.perf_counter()
        tool.add()
        seconds += time.perf_counter() - start if number else 0
    return tool, tool.stored(), before, seconds


def check_restore(tool, versions, work):
    for number, version in enumerate(versions):
        out = pathlib.Path(tempfile.mkdtemp(dir=work))
        tool.restore(len(versions) - 1 - number, out)
        if not same_tree(version, out):
            sys.exit(f"{version}: restored with other bytes")
        shutil.rmtree(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--cairn", required=True, type=os.path.abspath)
    parser.add_argument("--peers", default="plain,restic,borg")
    parser.add_argument("--only", default="")
    parser.add_argument("--work", default=None)
    parser.add_argument("--restore", action="store_true")
    parser.add_argument("--cold", action="store_true")
    args = parser.parse_args()
    Cairn.binary = args.cairn
    peers = [name for name in args.peers.split(",") if name]
    for name in [name for name in peers if name in NEEDS and shutil.which(NEEDS[name]) is None]:
        print(f"not installed: {name}")
        peers.remove(name)
    chosen = args.only.split(",") if args.only else sorted(path.name for path in args.data.iterdir() if (path / "0").is_dir())
    for series in chosen:
        versions = sorted((path for path in (args.data / series).iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
        logical = sum(tree_bytes(version) for version in versions)
        print(f"\n{series}: {len(versions)} versions, {logical / 1e6:.1f} MB")
        for name in ["cairn", *peers]:
            with tempfile.TemporaryDirectory(dir=args.work) as work:
                tool, stored, before, seconds = measure(Cairn if name == "cairn" else PEERS[name], versions, work, series)
                print(f"  {name:8} {stored / 1e6:9.2f} MB {100 * stored / logical:6.2f} %   last version {(stored - before) / 1e3:11.1f} KB"
                      f"   later adds {seconds:6.2f} s", flush=True)
                if name == "cairn" and args.cold:
                    cold, fresh = tool.pulled_bytes(work, ["--all"]), tool.pulled_bytes(work, ["--flatten"])
                    print(f"           the last version alone: {cold / 1e6:.2f} MB downloaded, {fresh / 1e6:.2f} without bases ({cold / fresh:.2f})")
                if name == "cairn" and args.restore:
                    check_restore(tool, versions, work)


if __name__ == "__main__":
    main()
