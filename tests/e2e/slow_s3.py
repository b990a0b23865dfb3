"""Large runs over the strict S3 server: a small change of a folder of a million files, and the memory of a pull of 10 GB.

CAIRN_SLOW_ENTRIES and CAIRN_SLOW_BYTES make them smaller. Their directory (TMPDIR) needs three times those bytes.
"""

import os
import random
import shutil
import subprocess
import sys

from lib_s3 import World, check, run_steps
from s3_requests import measured

ENTRIES = int(os.environ.get("CAIRN_SLOW_ENTRIES", 1_000_000))
LARGE_BYTES = int(os.environ.get("CAIRN_SLOW_BYTES", 10_000_000_000))
MOST_MEMORY = 512 << 20
BLOCK = 8 << 20


class Scene:
    def __init__(self):
        self.world = World()

    def server(self):
        """One whose objects lie in files."""
        directory = self.world.path(f"objects{len(self.world.servers)}")
        os.mkdir(directory)
        return self.world.server("--dir", directory)

    def repository(self, name, server):
        os.mkdir(self.world.path(name))
        self.world.git(name, "init", "-q")
        self.world.ok(name, "init")
        self.world.remote(name, server, name)

    def peak_bytes(self, directory, *words):
        """Runs the program to a good end; the most memory that it had resident."""
        child = subprocess.Popen([self.world.binary, *words], cwd=self.world.path(directory), env=self.world.environment, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        check(status == 0, f"{' '.join(words)}: status {status}")
        print(f"{' '.join(words)}: {used.ru_maxrss // 1024} MiB resident at most")
        return used.ru_maxrss * 1024


def a_small_change_of_a_million_files(scene):
    """Ten files changed: push and pull ask at most 30 times, and at most 1 MB comes and goes beside their data."""
    world, server = scene.world, scene.server()
    scene.repository("many", server)
    path = world.path("many", "data", "{:04}", "{:07}.json")
    for i in range(ENTRIES):
        if i % 1000 == 0:
            os.makedirs(os.path.dirname(path.format(i // 1000, i)))
        with open(path.format(i // 1000, i), "w", encoding="ascii") as stream:
            stream.write(f'{{"id": {i}, "label": "row {i * 7919 % 1000}"}}\n')
    world.ok("many", "add", "data", timeout_s=1200)
    world.git("many", "commit", "-qm", "v1")
    world.ok("many", "push", timeout_s=1200)
    world.clone("many", "many-reader", server, "many")
    world.ok("many-reader", "pull", timeout_s=1200)
    changed = 0
    for i in range(0, ENTRIES, ENTRIES // 10):
        with open(path.format(i // 1000, i), "w", encoding="ascii") as stream:
            changed += stream.write(f"changed {i}\n")
    world.ok("many", "add", "data", timeout_s=600)
    world.git("many", "commit", "-qm", "v2")
    second = measured(world, server, f"push of 10 changed files of {ENTRIES:,}", "many", "push")
    second.at_most(30, 1_000_000 + changed, 1_000_000)
    world.git("many-reader", "pull", "-q")
    again = measured(world, server, "pull of the same", "many-reader", "pull")
    again.at_most(30, 0, 1_000_000 + changed)
    for name in ("many", "many-reader"):
        shutil.rmtree(world.path(name))


def a_large_pull_fits_into_memory(scene):
    """Incompressible bytes, with and without a store."""
    world, server = scene.world, scene.server()
    room = shutil.disk_usage(world.root).free
    check(room > 3 * LARGE_BYTES, f"{room:,} bytes of room, {3 * LARGE_BYTES:,} are needed")
    scene.repository("large", server)
    source = random.Random(11)
    with open(world.path("large", "model.bin"), "wb") as stream:
        for at in range(0, LARGE_BYTES, BLOCK):
            stream.write(source.randbytes(min(BLOCK, LARGE_BYTES - at)))
    world.ok("large", "add", "model.bin", timeout_s=1200)
    world.git("large", "commit", "-qm", "v1")
    os.remove(world.path("large", "model.bin"))
    pushed = scene.peak_bytes("large", "push")
    shutil.rmtree(world.path("large", ".git", "cairn"))
    for more in ([], ["--no-store"]):
        name = "-".join(["large", "reader", *more])
        world.clone("large", name, server, "large")
        pulled = scene.peak_bytes(name, "pull", *more)
        check(os.path.getsize(world.path(name, "model.bin")) == LARGE_BYTES, "not all of it")
        check(pulled <= MOST_MEMORY, f"pull of {LARGE_BYTES:,} bytes with {pulled >> 20} MiB")
        shutil.rmtree(world.path(name))
    check(pushed <= MOST_MEMORY, f"push of {LARGE_BYTES:,} bytes with {pushed >> 20} MiB")


if __name__ == "__main__":
    sys.exit(run_steps(Scene(), (a_small_change_of_a_million_files, a_large_pull_fits_into_memory)))
