#!/usr/bin/env python3
"""The gate `cairn check --pushed` over a history of commits that name commits x files distinct chunks, against a directory and,
with --server (s3_bench_server), over S3; beside what git takes to list the same commits and their objects. Git's objects are
loose, then packed, and read by git, by libgit2, and as the program chooses. Says what was asked of the server: no object of file
data may be among it.

  pushed.py CAIRN [--server PATH] [--commits 1000] [--files 1000] [--push-every 50] [--runs 5]
"""
import argparse
import collections
import os
import re
import shutil
import subprocess

import common


def make_history(place, cairn, options, words):
    """Each commit replaces the files of the folder data by its own."""
    repo = os.path.join(place.path, f"repo{len(os.listdir(place.path))}")
    place.run(place.path, "git", "init", "-q", repo)
    place.run(repo, cairn, "init", "-q", "--no-hooks")
    place.run(repo, cairn, "remote", "add", "bench", *words)
    pushed = None
    for number in range(options.commits):
        shutil.rmtree(f"{repo}/data", ignore_errors=True)
        os.makedirs(f"{repo}/data")
        for i in range(number * options.files, (number + 1) * options.files):
            with open(f"{repo}/data/{i:07}.txt", "w", encoding="ascii") as file:
                file.write(f"sample {i}\n")
        place.run(repo, cairn, "add", "-q", "data")
        place.run(repo, "git", "commit", "-q", "-m", f"version {number}")
        if (number + 1) % options.push_every == 0 or number + 1 == options.commits:
            place.run(repo, cairn, "push", "-q", "--rev", f"{pushed}..HEAD" if pushed else "HEAD")
            pushed = place.run(repo, "git", "rev-parse", "HEAD").stdout.strip()
    return repo


def measure(place, cairn, options, name, words):
    repo = make_history(place, cairn, options, words)
    first = place.run(repo, "git", "rev-list", "--max-parents=0", "HEAD").stdout.strip()
    place.run(repo, cairn, "check", "--pushed")  # the server may still hold the connections of the last push
    for form in ("loose", "packed"):
        times = {reader: [] for reader in ("exec", "libgit2", "auto")}
        listing = []
        for _ in range(options.runs):
            listing.append(place.seconds(repo, "git", "rev-list", "--objects", f"{first}..HEAD"))
            for reader, list_ in times.items():
                list_.append(place.seconds(repo, cairn, "check", "--pushed", f"{first}..HEAD", CAIRN_GIT_READER=reader))
        common.row(f"git rev-list --objects, {options.commits} commits, {form}", listing)
        for reader, list_ in times.items():
            common.row(f"cairn check --pushed, {name}, {form}, {reader}", list_, listing)
        place.run(repo, "git", "gc", "-q")
    return repo, first


def requests_of(place, repo, cairn, first):
    """Requests by the first part of the key, and bytes that came."""
    said = place.run(repo, cairn, "--trace", "http", "check", "--pushed", f"{first}..HEAD").stderr
    asked = collections.Counter(key or "list" for key in re.findall(r"> GET \S+?/bench/(?:shop/)?(\w*)", said))
    received = sum(int(size) for size in re.findall(r"< content-length: (\d+)", said))
    print("requests:", dict(asked), f"{received / 1e6:.2f} MB received")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cairn")
    parser.add_argument("--server")
    for name, number in (("commits", 1000), ("files", 1000), ("push-every", 50), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    cairn, place = os.path.abspath(options.cairn), common.Place()
    measure(place, cairn, options, "directory", [f"{place.path}/remote"])
    if not options.server:
        return
    server = subprocess.Popen([options.server], stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().split()[1]
        words = ["s3://bench/shop", "--endpoint", f"http://127.0.0.1:{port}", "--region", "us-east-1"]
        repo, first = measure(place, cairn, options, "S3", words)
        requests_of(place, repo, cairn, first)
    finally:
        server.kill()
        server.wait()


main()
