#!/usr/bin/env python3
"""Whether time and memory stay in proportion: one file of 1, 10 and 50 GB, and folders of 1,000 to 1,000,000 small files.

  growth.py --cairn PATH --work DIR [--gigabytes 1,10,50] [--files 1000,100000,1000000]

For each size: add, status, a second add, `cp -r` of the data (what the same files cost the file system alone), checkout, and what `cairn
verify` says, in a fresh repository below DIR. Printed per GB or per 1,000 files, with processor time (which a busy machine does not
change), the system's share of it, and the peak of resident memory. The large file is noise of which each 512 bytes stand eight times, so
nothing repeats and it is stored in an eighth; with a compressing file system under DIR (btrfs, compress-force=zstd) 50 GB need 13.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time


def run(command, cwd, env):
    """(seconds, processor seconds of the program and of the system, peak MB)"""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {child.returncode}")
    return time.perf_counter() - start, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1e3


def make_file(path, gigabytes):
    with open(path, "wb") as out:
        for _ in range(gigabytes * 1000):
            noise = os.urandom(125_000)
            out.write(b"".join(noise[i:i + 512] * 8 for i in range(0, len(noise), 512)))


def make_files(path, count):
    for i in range(count):
        if i % 1000 == 0:
            folder = os.path.join(path, f"{i // 1000:05}")
            os.makedirs(folder)
        with open(os.path.join(folder, f"{i:07}.json"), "w", encoding="utf-8") as out:
            out.write(f'{{"id": {i}, "text": "{os.urandom(100 + i % 400).hex()}"}}\n')


def measure(options, env, make, units, unit):
    repo = tempfile.mkdtemp(prefix="growth.", dir=options.work)
    try:
        for command in (["git", "init", "-q"], ["git", "commit", "-q", "--allow-empty", "-m", "start"], [options.cairn, "-q", "init"]):
            run(command, repo, env)
        data = os.path.join(repo, "data")
        make(data)
        steps = {"add": [options.cairn, "-q", "add", "data"], "status": [options.cairn, "-q", "status"],
                 "add again": [options.cairn, "-q", "add", "data"], "cp -r": ["cp", "-r", "data", "copy"], "checkout": [options.cairn, "-q", "checkout"],
                 "verify": [options.cairn, "-q", "verify"]}
        for step, command in steps.items():
            if step == "checkout":
                subprocess.run(["git", "commit", "-qam", "version"], cwd=repo, env=env, check=True)
                subprocess.run(["rm", "-rf", data, os.path.join(repo, "copy")], check=True)
            seconds, own, of_system, peak = run(command, repo, env)
            print(f"| {units * (1 if unit == 'GB' else 1000):,} {'GB' if unit == 'GB' else 'files'} | {step} | {seconds:.2f} | "
                  f"{seconds / units:.4f} | {(own + of_system) / units:.4f} | {of_system / units:.4f} | {peak:.0f} |", flush=True)
    finally:
        shutil.rmtree(repo)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairn", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--gigabytes", default="1,10,50")
    parser.add_argument("--files", default="1000,100000,1000000")
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="home.", dir=options.work)
    env = dict(os.environ, HOME=home, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@example.org",
               GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@example.org")
    print("| size | step | seconds | per GB or 1,000 files | processor seconds per unit | of them the system's | peak MB |\n|---|---|---|---|---|---|---|")
    for size in filter(None, options.gigabytes.split(",")):
        measure(options, env, lambda path, size=size: make_file(path, int(size)), int(size), "GB")
    for count in filter(None, options.files.split(",")):
        measure(options, env, lambda path, count=count: make_files(path, int(count)), int(count) // 1000, "files")
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
