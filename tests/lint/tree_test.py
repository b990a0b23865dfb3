#!/usr/bin/env python3
"""What may lie in the project: nothing beside these at the top, no file over 700 lines, none that is no text, nothing large."""
import os
import subprocess
import sys

TOP = {"CMakeLists.txt", "CMakePresets.json", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "dev",
       "src", "include", "remotes", "tests", "bench", "man", "integrations"}
MOST_LINES = 700
MOST_BYTES = 200_000
BYTES_ARE_DATA = ("tests/golden/data/", "tests/fuzz/corpus/")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def files():
    """Of git where it knows, else (a tarball) of the folders above."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if os.path.exists(os.path.join(ROOT, ".git")) and listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name]
    return [os.path.relpath(os.path.join(folder, name), ROOT) for top in TOP if os.path.isdir(os.path.join(ROOT, top))
            for folder, _, names in os.walk(os.path.join(ROOT, top)) for name in names if not name.endswith(".pyc")]


def faults_of(name):
    top = name.split("/")[0]
    if top not in TOP and not top.startswith("."):
        return ["does not belong at the top"]
    path = os.path.join(ROOT, name)
    if not os.path.isfile(path):
        return []
    with open(path, "rb") as stream:
        content = stream.read()
    faults = []
    if len(content) > MOST_BYTES:
        faults.append(f"has {len(content):,} bytes")
    if name.startswith(BYTES_ARE_DATA):
        return faults
    if b"\0" in content:
        faults.append("is not text")
    elif content.count(b"\n") > MOST_LINES:
        faults.append(f"has {content.count(chr(10).encode())} lines")
    return faults


all_faults = [f"{name}: {fault}" for name in sorted(files()) for fault in faults_of(name)]
print("\n".join(all_faults) or "ok")
sys.exit(1 if all_faults else 0)
