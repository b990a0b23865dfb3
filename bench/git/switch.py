#!/usr/bin/env python3
"""Going from one revision of a folder to another that differs in few files: `git switch` of the folder tracked by git, beside
`git switch` of its pointer followed by `cairn checkout`, and beside `git switch` where the hooks of cairn bring the data.

  switch.py CAIRN [--files 100000] [--changed 100] [--runs 9]
"""
import argparse
import os

import common


def write_files(repo, files, changed, text):
    step = files // changed
    for i in range(0, files, step if text else 1):
        os.makedirs(f"{repo}/data/{i // 1000:03}", exist_ok=True)
        with open(f"{repo}/data/{i // 1000:03}/{i:06}.txt", "w", encoding="ascii") as file:
            file.write(f"sample {i}\n{text}")


def make(place, name, options, record):
    """A repository with the branches one and two."""
    repo = os.path.join(place.path, name)
    place.run(place.path, "git", "init", "-q", repo)
    record(repo, lambda: None)
    for branch, text in (("one", ""), ("two", "edited\n")):
        place.run(repo, "git", "checkout", "-q", "-b", branch)
        write_files(repo, options.files, options.changed, text)
        record(repo, lambda: place.run(repo, "git", "commit", "-q", "--no-verify", "-m", branch))
    return repo


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cairn")
    for name, number in (("files", 100000), ("changed", 100), ("runs", 9)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    cairn, place = os.path.abspath(options.cairn), common.Place()

    def by_git(repo, commit):
        place.run(repo, "git", "add", "-A")
        commit()

    def by_cairn(words):
        def record(repo, commit):
            place.run(repo, cairn, "init", "-q", *words)
            if os.path.isdir(f"{repo}/data"):
                place.run(repo, cairn, "add", "-q", "data")
            place.run(repo, "git", "add", "-A")
            commit()
        return record

    plain = make(place, "plain", options, by_git)
    alone = make(place, "alone", options, by_cairn(["--no-hooks"]))
    hooked = make(place, "hooked", options, by_cairn([]))
    times = {"git": [], "cairn": [], "both": [], "hooked": []}
    for run in range(options.runs + 1):
        branch = "one" if run % 2 == 0 else "two"
        git = place.seconds(plain, "git", "switch", "-q", branch)
        pointer = place.seconds(alone, "git", "switch", "-q", branch)
        checkout = place.seconds(alone, cairn, "checkout", "-q")
        hook = place.seconds(hooked, "git", "switch", "-q", branch)
        if run == 0:
            continue  # what has to be read for the first time
        for name, value in (("git", git), ("cairn", checkout), ("both", pointer + checkout), ("hooked", hook)):
            times[name].append(value)
    for repo in (alone, hooked):
        with open(f"{repo}/data/000/000000.txt", encoding="ascii") as file:
            edited = "edited" in file.read()
        if edited != (options.runs % 2 == 1):
            raise SystemExit(f"{repo} was not switched")
    common.row(f"git switch, {options.files} files, {options.changed} differ", times["git"])
    common.row("cairn checkout", times["cairn"], times["git"])
    common.row("git switch and cairn checkout", times["both"], times["git"])
    common.row("git switch with the hooks of cairn", times["hooked"], times["git"])


main()
