#!/usr/bin/env python3
"""`cairn ci` in a fresh clone with a cache of chunks that holds nine tenths of the version, beside one without a cache and one with all of
it: seconds, and bytes downloaded, which are held against what is new: the rest must not come again.

  ci_cache.py CAIRN [--files 10000] [--bytes 20000] [--runs 5]
"""
import argparse
import json
import os
import random
import shutil

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cairn")
    for name, number in (("files", 10_000), ("bytes", 20_000), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    cairn, place = os.path.abspath(options.cairn), common.Place()
    shop, remote, source = os.path.join(place.path, "shop"), os.path.join(place.path, "remote"), random.Random(1)
    place.run(place.path, "git", "init", "-q", shop)
    place.run(shop, cairn, "init", "-q", "--no-hooks")
    place.run(shop, cairn, "remote", "add", "far", remote)

    def publish(numbers, tag):
        for i in numbers:
            os.makedirs(f"{shop}/data/{i // 1000:03}", exist_ok=True)
            with open(f"{shop}/data/{i // 1000:03}/{i:06}.bin", "wb") as stream:
                stream.write(source.randbytes(options.bytes))
        for words in ((cairn, "add", "-q", "data"), ("git", "add", "-A"), ("git", "commit", "-q", "-m", tag), (cairn, "push", "-q")):
            place.run(shop, *words)

    def job(store):
        clone = os.path.join(place.path, "clone")
        shutil.rmtree(clone, ignore_errors=True)
        place.run(place.path, "git", "clone", "-q", "--depth=1", f"file://{shop}", clone)
        place.run(clone, "git", "config", "cairn-remote.far.url", remote)
        proof = os.path.join(place.path, "proof.json")
        seconds = place.seconds(clone, cairn, "ci", "--proof", proof, CAIRN_STORE=store)
        with open(proof, encoding="utf-8") as stream:
            return seconds, json.load(stream)

    publish(range(options.files), "one")
    warm = os.path.join(place.path, "warm")
    job(warm)
    publish(range(0, options.files, 10), "two")
    new, total = len(range(0, options.files, 10)) * options.bytes, options.files * options.bytes
    times, stores = {"no cache": [], "a cache of 90 %": [], "a cache of all": []}, os.path.join(place.path, "store")
    for _ in range(options.runs):
        shutil.rmtree(stores, ignore_errors=True)
        seconds, cold = job(stores)
        times["no cache"].append(seconds)
        shutil.rmtree(stores)
        shutil.copytree(warm, stores)
        seconds, most = job(stores)
        times["a cache of 90 %"].append(seconds)
        seconds, none = job(stores)
        times["a cache of all"].append(seconds)
        # Random bytes do not compress; lists of files and headers are what may come besides.
        if not new <= most["downloaded_bytes"] < new * 1.1 + 100_000 or none["downloaded_bytes"] != 0:
            raise SystemExit(f"{most['downloaded_bytes']} and {none['downloaded_bytes']} bytes came where {new} and 0 are new")
        origin = most["bytes_by_source"]
        if not new <= origin["remote"] < new * 1.1 + 100_000 or sum(origin.values()) != total or cold["fingerprint"] != most["fingerprint"]:
            raise SystemExit(f"another origin: {origin}")
    for name, measured in times.items():
        common.row(f"cairn ci, {options.files} files, {name}", measured, times["no cache"])
    print(f"downloaded: {cold['downloaded_bytes']} without a cache, {most['downloaded_bytes']} with one of 90 %, {new} of {total} are new")


main()
