#!/usr/bin/env python3
"""Speed of add and restore for every codec, beside what has to be done at least: `openssl dgst -sha256` plus `cp` ("sum"),
and for text `zstd -3 -T2`.

  compare_sum.py DATA --cairn PATH [--work DIR] [--runs 5] [--only random,bf16,...] [--random-mb 1024]

DATA is what bench/data/make.py made. Everything lies on DIR (tmpfs), every run is a fresh repository, and the primitives run
in the same round as cairn. "add" is the first version, "next" the version after it as a difference or patch, "restore" a
checkout of the first version and "back" one of the next. Medians, and the median of the ratios of the rounds.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# name -> (folder of versions, first, next); the random file is made here
SERIES = {
    "bf16 fine-tuned": ("finetune-bf16", "0", "1"),
    "bf16 training": ("training-bf16", "1", "2"),
    "fp32 fine-tuned": ("finetune-fp32", "0", "1"),
    "fp32 with Adam": ("training-fp32-adam", "1", "2"),
    "csv, 1,000 edits": ("csv-edits-1000", "0", "1"),
    "csv, 1 % deleted": ("csv-rows-deleted-1-percent", "0", "1"),
    "json lines": ("jsonl-edits-300", "0", "1"),
}
TEXT = ("csv", "json")


def timed(command, cwd, env):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - start


def only_file(folder):
    names = sorted(os.listdir(folder))
    if len(names) != 1:
        sys.exit(f"{folder} holds {len(names)} files, not one")
    return os.path.join(folder, names[0])


class Round:
    """One repository, one pass over a series."""

    def __init__(self, cairn, work, env):
        self.cairn, self.env = cairn, env
        self.repo = tempfile.mkdtemp(prefix="round.", dir=work)
        for command in (["git", "init", "-q"], ["git", "commit", "-q", "--allow-empty", "-m", "start"], [cairn, "-q", "init"]):
            timed(command, self.repo, env)

    def add(self, source):
        target = os.path.join(self.repo, "data.bin")
        shutil.copyfile(source, target)
        os.sync()
        seconds = timed([self.cairn, "-q", "add", "data.bin"], self.repo, self.env)
        timed(["git", "commit", "-qam", "version"], self.repo, self.env)
        return seconds

    def restore(self, back):
        timed(["git", "-c", "core.hooksPath=/dev/null", "checkout", "-q", f"HEAD~{back}"], self.repo, self.env)
        os.remove(os.path.join(self.repo, "data.bin"))
        seconds = timed([self.cairn, "-q", "checkout"], self.repo, self.env)
        timed(["git", "-c", "core.hooksPath=/dev/null", "checkout", "-q", "-"], self.repo, self.env)
        return seconds

    def end(self):
        shutil.rmtree(self.repo)


def floor(path, work, env, is_text):
    copy = os.path.join(work, "copy")
    seconds = {"sum": timed(["openssl", "dgst", "-sha256", path], work, env) + timed(["cp", path, copy], work, env)}
    os.remove(copy)
    if is_text:
        seconds["zstd"] = timed(["zstd", "-q", "-3", "-T2", path, "-o", copy], work, env)
        os.remove(copy)
    return seconds


def one_round(options, work, env, first, following, is_text):
    row = floor(first, work, env, is_text)
    here = Round(options.cairn, work, env)
    row["add"] = here.add(first)
    if following:
        row["next"] = here.add(following)
        row["back"] = here.restore(0)
    row["restore"] = here.restore(1 if following else 0)
    here.end()
    return row


def cell(rows, step, against):
    if step not in rows[0]:
        return "–"
    ratio = statistics.median(row[step] / row[against] for row in rows)
    return f"{statistics.median(row[step] for row in rows):.3f} ({ratio:.2f})"


def machine():
    flags = open("/proc/cpuinfo").read()
    return f"{os.cpu_count()} cores, {'with' if ' sha_ni' in flags else 'without'} SHA-NI, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--cairn", required=True)
    parser.add_argument("--work", default="/dev/shm")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--random-mb", type=int, default=1024)
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="cairn-sum.", dir=options.work)
    env = dict(os.environ, HOME=work, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@example.org",
               GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@example.org")
    print(f"{machine()}\nseconds (ratio): add, next, restore, back against sum; for text add and next against zstd -3 -T2\n")
    print("| data | MB | sum | zstd | add | next | restore | back |\n|---|---|---|---|---|---|---|---|")
    try:
        for name in ["random", *SERIES]:
            if options.only and not any(name.startswith(word) for word in options.only.split(",")):
                continue
            path = os.path.join(work, "first.bin")
            following = None
            if name == "random":
                with open(path, "wb") as out:
                    for _ in range(options.random_mb):
                        out.write(os.urandom(1 << 20))
            else:
                folder, first, second = SERIES[name]
                if not os.path.isdir(os.path.join(options.data, folder)):
                    print(f"| {name} | not made |")
                    continue
                shutil.copyfile(only_file(os.path.join(options.data, folder, first)), path)
                following = os.path.join(work, "next.bin")
                shutil.copyfile(only_file(os.path.join(options.data, folder, second)), following)
            is_text = name.startswith(TEXT)
            rows = [one_round(options, work, env, path, following, is_text) for _ in range(options.runs)]
            against = "zstd" if is_text else "sum"
            zstd = f"{statistics.median(row['zstd'] for row in rows):.3f}" if is_text else "–"
            print(f"| {name} | {os.path.getsize(path) / 1e6:.0f} | {statistics.median(row['sum'] for row in rows):.3f} | {zstd} | "
                  f"{cell(rows, 'add', against)} | {cell(rows, 'next', against)} | {cell(rows, 'restore', 'sum')} | "
                  f"{cell(rows, 'back', 'sum')} |", flush=True)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
