#!/usr/bin/env python3
"""Many files, each with a pointer of its own, and many commits: cairn beside git-lfs, whose every file is a pointer; one run, a table.

  many_pointers.py --cairn PATH [--files 5000] [--commits 200] [--bytes 20000] [--runs 5] [--work DIR]

Each commit changes as many files as let all of them change once. Data goes to a directory: of cairn a directory remote, of git-lfs its
transfer to a bare repository by file://. Hooks of both are set up, so `git push` sends data and commits, and `git switch` brings data.
Steps that change nothing for long run --runs times and give their median. Trees are compared after the switches and the clone. Nothing
here asserts a bar.
"""
import argparse
import filecmp
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


class Tool:
    """A repository of one tool in `base`/shop, its commits in `base`/origin.git; `init`, `add`, `status` and `fill` are shell lines."""

    def __init__(self, name, work, cairn):
        self.name, self.base = name, os.path.join(work, name)
        self.shop = os.path.join(self.base, "shop")
        remote = f"{cairn} -q remote add far {self.base}/remote"
        self.init, self.add, self.status, self.fill = {
            "cairn": (f"{cairn} -q init && {remote}", f"{cairn} -q add -u", f"{cairn} status",
                      f"{cairn} -q init && {remote} && {cairn} -q pull"),
            "git-lfs": ("git lfs install --local && git lfs track 'data/**'", "git add -u", "git status --porcelain",
                        "git lfs install --local && git lfs pull")}[name]
        self.first = f"find data -type f | xargs {cairn} -q add && git add -A" if name == "cairn" else "git add -A"
        self.env = dict(os.environ, HOME=work, GIT_CONFIG_NOSYSTEM="1", GIT_LFS_SKIP_SMUDGE="0", LC_ALL="C.UTF-8")
        for role in ("AUTHOR", "COMMITTER"):
            self.env |= {f"GIT_{role}_NAME": "Bench", f"GIT_{role}_EMAIL": "bench@example.org"}

    def seconds(self, line, folder="shop", **variables):
        start = time.perf_counter()
        done = subprocess.run(["bash", "-c", line], cwd=os.path.join(self.base, folder), env=self.env | variables, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.name}: {line}: exit {done.returncode}\n{done.stderr[-2000:]}")
        return time.perf_counter() - start


def path_of(i):
    return f"data/{i // 100:03}/{i:05}.bin"


def write(shop, numbers, source, size):
    for i in numbers:
        os.makedirs(os.path.dirname(f"{shop}/{path_of(i)}"), exist_ok=True)
        with open(f"{shop}/{path_of(i)}", "wb") as stream:
            stream.write(source.randbytes(size))
    time.sleep(0.05)  # older than any racy window


def check(tool, files, other):
    for i in range(files):
        if not filecmp.cmp(f"{tool.shop}/{path_of(i)}", f"{other}/{path_of(i)}", shallow=False):
            sys.exit(f"{tool.name}: {path_of(i)} differs in {other}")


def measure(tool, options):
    """Steps in the order of a project's life, as (step, seconds)."""
    source, shop, runs = random.Random(1), tool.shop, range(options.runs)
    os.makedirs(shop)
    tool.seconds("git init -q -b main --bare origin.git && git init -q -b main shop", "")
    tool.seconds(f"{tool.init} && git remote add origin file://{tool.base}/origin.git && git add -A && git commit -qm start && git push -q origin main")
    write(shop, range(options.files), source, options.bytes)
    yield "add and commit all files", tool.seconds(f"{tool.first} && git commit -qm all && git tag first")
    shutil.copytree(f"{shop}/data", f"{tool.base}/first/data")
    times, each = [], options.files // options.commits
    for number in range(options.commits):
        write(shop, range(number * each, (number + 1) * each), source, options.bytes)
        times.append(tool.seconds(f"{tool.add} && git commit -qm 'change {number}'"))
    yield f"add and commit {each} changed files, median of {options.commits}", statistics.median(times)
    yield f"push of {options.commits + 1} commits with their data", tool.seconds("git push -q origin main")
    code = [(tool.seconds("date +%N >code.txt && git add code.txt && git commit -qm code"), tool.seconds("git push -q origin main")) for _ in runs]
    yield "commit of code alone", statistics.median(commit for commit, _ in code)
    yield "push of code alone", statistics.median(push for _, push in code)
    yield "status", statistics.median(tool.seconds(tool.status) for _ in runs)
    tool.seconds(f"git branch near main~{options.runs + 1} && mkdir ../last && cp -r data ../last/data")
    yield f"switch, {each} files differ", statistics.median(tool.seconds(f"git switch -q {branch}") for _ in runs for branch in ("near", "main"))
    yield "switch, all files differ", tool.seconds("git switch -q --detach first")
    check(tool, options.files, f"{tool.base}/first")
    yield "switch back, all files differ", tool.seconds("git switch -q main")
    check(tool, options.files, f"{tool.base}/last")
    yield "clone and pull", tool.seconds(f"git clone -q file://{tool.base}/origin.git clone && cd clone && {tool.fill}", "", GIT_LFS_SKIP_SMUDGE="1")
    check(tool, options.files, f"{tool.base}/clone")
    write(shop, range(0, options.files, options.files // each), source, options.bytes)
    tool.seconds(f"{tool.add} && git commit -qm more && git push -q origin main")
    pull = f"git pull -q && {options.cairn} -q pull" if tool.name == "cairn" else "git pull -q"
    yield f"pull, {each} files differ", tool.seconds(pull, "clone")
    check(tool, options.files, f"{tool.base}/clone")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairn", required=True, type=os.path.abspath)
    for name, number in (("files", 5000), ("commits", 200), ("bytes", 20_000), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--work")
    options = parser.parse_args()
    rows, peers = {}, ["git-lfs"] if shutil.which("git-lfs") else []
    for name in ["cairn", *peers]:
        with tempfile.TemporaryDirectory(prefix="cairn-bench.", dir=options.work) as work:
            for step, seconds in measure(Tool(name, work, options.cairn), options):
                rows.setdefault(step, {})[name] = seconds
    print(f"| {options.files:,} files, {options.commits} commits | {' | '.join(next(iter(rows.values())))} | ratio |\n|---|" + "---|" * (len(rows["status"]) + 1))
    for step, times in rows.items():
        ratio = f"{times['cairn'] / times[peers[0]]:.2f}" if peers else "–"
        print(f"| {step} | {' | '.join(f'{seconds:.3f} s' for seconds in times.values())} | {ratio} |")


if __name__ == "__main__":
    main()
