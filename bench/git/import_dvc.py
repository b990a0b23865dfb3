#!/usr/bin/env python3
"""`cairn import dvc` of one folder of many files, from the work tree and from DVC's cache: seconds, and bytes hashed a second, each byte by
MD5 against what DVC recorded and by SHA-256 for cairn. Beside it `openssl dgst -md5` and `-sha256` over the same bytes, one after the other.
The project is written as DVC 3 writes it; no DVC is needed.

  import_dvc.py CAIRN [--files 10000] [--bytes 100000] [--runs 5]
"""
import argparse
import hashlib
import json
import os
import random
import shutil

import common


def write_project(repo, options):
    """The folder `data`, its objects in .dvc/cache (hard links), and data.dvc."""
    source = random.Random(1)
    cache = f"{repo}/.dvc/cache/files/md5"
    listing = []

    def put(octets, suffix, place):
        name = hashlib.md5(octets).hexdigest()
        path = f"{cache}/{name[:2]}/{name[2:]}{suffix}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(octets)
        if place:
            os.link(path, place)
        return name

    for i in range(options.files):
        os.makedirs(f"{repo}/data/{i // 1000:03}", exist_ok=True)
        relative = f"{i // 1000:03}/{i:06}.bin"
        listing.append({"md5": put(source.randbytes(options.bytes), "", f"{repo}/data/{relative}"), "relpath": relative})
    name = put(json.dumps(listing).encode(), ".dir", "")
    for path, text in ((".dvc/config", ""), (".dvc/.gitignore", "/cache\n/tmp\n"), (".gitignore", "/data\n"),
                       ("data.dvc", f"outs:\n- md5: {name}.dir\n  nfiles: {options.files}\n  hash: md5\n  path: data\n")):
        with open(f"{repo}/{path}", "w", encoding="ascii") as stream:
            stream.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cairn")
    for name, number in (("files", 10_000), ("bytes", 100_000), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    cairn, place = os.path.abspath(options.cairn), common.Place()
    start = os.path.join(place.path, "start")
    place.run(place.path, "git", "init", "-q", start)
    place.run(start, cairn, "init", "-q", "--no-hooks")
    write_project(start, options)
    place.run(start, "git", "add", "-A")
    place.run(start, "git", "commit", "-q", "-m", "dvc")
    total, times = options.files * options.bytes, {"from the tree": [], "from the cache": [], "floor": []}
    for _ in range(options.runs):
        for name in ("from the tree", "from the cache"):
            repo = os.path.join(place.path, "repo")
            place.run(place.path, "cp", "-al", start, repo)
            if name == "from the cache":
                shutil.rmtree(f"{repo}/data")
            times[name].append(place.seconds(repo, cairn, "import", "dvc", "-q"))
            place.run(repo, "git", "commit", "-q", "-m", "moved")
            listed = place.run(repo, cairn, "ls", "--json").stdout
            if listed.count('"path"') < options.files:
                raise SystemExit("not all files were imported")
            shutil.rmtree(repo)
        times["floor"].append(place.seconds(start, "sh", "-c", "for a in md5 sha256; do find data -type f -print0 | "
                                            "xargs -0 cat | openssl dgst -$a; done"))
    for name, measured in times.items():
        label = "openssl, MD5 and then SHA-256" if name == "floor" else f"import dvc, {options.files} files {name}"
        common.row(label, measured, times["floor"])
        print(f"{'':52} {total / sorted(measured)[len(measured) // 2] / 1e9:9.2f} GB/s")


main()
