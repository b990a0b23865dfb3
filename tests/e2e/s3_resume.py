"""One large file whose way here is cut off: the same command again asks only for the rest, with a store and without one."""

import os
import sys

from lib_s3 import World, check, leftovers

SIZE = 24 << 20
CUT_AFTER = 12  # reads of packs: three of lists, then of data, of up to 2 MiB each
FILES = {"model.bin": os.urandom(SIZE)}
COMMANDS = [["pull"], ["pull", "--no-store"], ["ci", "--no-store"], ["restore", "HEAD", "--no-store", "--to", "out"]]


def fetched_bytes(server):
    return sum(row["answer_bytes"] for row in server.log(method="GET") if "/packs/" in row["path"] and row["status"] == 206)


def run_cut_off(world, server, directory, words):
    """(bytes of data that came before the cut, bytes that came with the second run)"""
    server.fresh()
    server.fault("status", {"key": "/packs/", "method": "GET"}, skip=CUT_AFTER, times=-1, status=400, code="ExpiredToken")
    world.fails(4, directory, *words)
    before = fetched_bytes(server)
    check(not os.path.exists(world.path(directory, "model.bin")), "a file that is not whole")
    status = world.ok(directory, "status").text
    check("model.bin" not in status or "modified" not in status, status)
    server.fresh()
    world.ok(directory, *words)
    return before, fetched_bytes(server)


def main():
    world = World()
    server = world.server()
    world.repository("whole", FILES)
    world.remote("whole", server, "good")
    world.ok("whole", "push")
    failed = 0
    for number, words in enumerate(COMMANDS):
        directory = f"clone{number}"
        world.clone("whole", directory, server, "good")
        try:
            before, after = run_cut_off(world, server, directory, words)
            check(before > SIZE // 2, f"only {before} bytes came before the cut")
            check(before + after < SIZE * 1.02, f"{before} bytes came, and then {after} of {SIZE}")
            world.check_files(os.path.join(directory, "out") if "--to" in words else directory, FILES)
            check(not leftovers(world.path(directory)), f"left behind: {leftovers(world.path(directory))}")
        except AssertionError as error:
            failed += 1
            print(f"FAILED {' '.join(words)}: {error}\n", file=sys.stderr)
    world.close()
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
