"""Ctrl-C while a store does not answer: it is said at once, and the command ends with 130 and nothing half done, long before any time-out;
a second Ctrl-C changes nothing of that.

The store answers nothing for ever, so a command that ends has waited for no answer. How long it took is held against limits where
CAIRN_TEST_TIMES is set (a machine with nothing else to do): said within 200 ms, over within 2 s, a second signal within 200 ms.
"""

import os
import select
import signal
import subprocess
import sys
import time

from lib_s3 import World, check, leftovers
from lib_s3_cases import ALWAYS, FILES

TIMES = os.environ.get("CAIRN_TEST_TIMES")
SAID_S, OVER_S, AT_ONCE_S = 0.2, 2, 0.2
UNTIL_HELD_S = 60
BEFORE_TIME_OUTS_S = 25  # of 30 s for an answer


class Interrupted:
    """A command that is sent SIGINT once the server holds its answer back, and once more when it has said so."""

    def __init__(self, world, server, directory, words, signals):
        before = self.held(server)
        child = subprocess.Popen([world.binary, *words], cwd=world.path(directory), env={**world.environment, "CAIRN_TRUST": "127.0.0.1"},
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(child.stderr.fileno(), False)
        self.text, self.said = b"", None
        patience = time.monotonic() + UNTIL_HELD_S
        while self.held(server) == before:
            check(child.poll() is None and time.monotonic() < patience, f"never waited for the server: {child.stderr.read()}")
        start = self.last_signal = time.monotonic()
        child.send_signal(signal.SIGINT)
        while child.poll() is None and time.monotonic() - start < BEFORE_TIME_OUTS_S:
            select.select([child.stderr], [], [], 0.05)
            self.listen(child, start)
            if signals > 1 and self.said is not None:
                signals = 1
                self.last_signal = time.monotonic()
                child.send_signal(signal.SIGINT)
        self.over, self.code = time.monotonic() - self.last_signal, child.returncode
        child.kill()
        self.listen(child, start)

    @staticmethod
    def held(server):
        return sum(1 for row in server.log() if row["fault"])

    def listen(self, child, start):
        self.text += child.stderr.read() or b""
        if self.said is None and b"interrupted:" in self.text:
            self.said = time.monotonic() - start

    def check(self, signals):
        what = f"exit {self.code}, said after {self.said}, over after {self.over:.2f} s:\n{self.text.decode()}"
        check(self.code == 130 and self.said is not None, what)
        if TIMES:
            print(f"said {self.said:.3f}, over {self.over:.3f}")
            check(self.said < SAID_S and self.over < (OVER_S if signals == 1 else AT_ONCE_S), what)


def commands():
    """Name, words, what is held back, and the repository to run in: a fresh clone, or one with everything."""
    data, first = {"key": "/packs/"}, {}
    for where, match in (("data", data), ("first answer", first)):
        for words in (["fetch"], ["pull"], ["pull", "--no-store"], ["ci"], ["restore", "HEAD", "--to", "out"]):
            yield f"{' '.join(words)}: {where}", words, match, "fresh"
        yield f"clone: {where}", ["clone", "CLONED", "twin"], match, "."
        yield f"get: {where}", ["get", "CLONED", "model.bin", "-o", "got"], match, "."
        yield f"fsck: {where}", ["fsck", "-r", "prod"], match, "whole"
        yield f"push: {where}", ["push"], {**match, **({"method": "PUT"} if match else {})}, "new"
    yield "check: first answer", ["check", "--pushed"], first, "whole"


def cleaned(world, server, words, where):
    """What is left must not stand in the way of the same command."""
    server.fresh()
    failed = 0
    if words[0] in ("clone", "get"):
        try:
            again = world.ok(where, *words, CAIRN_TRUST="127.0.0.1")
            check(words[0] == "get" or "going on with the clone" in again.text, again.text)
        except AssertionError as error:
            failed = 1
            print(f"FAILED {words[0]} again: {error}\n", file=sys.stderr)
    subprocess.run(["rm", "-rf", world.path("twin"), world.path("got"), world.path("fresh", "out")], check=True)
    return failed


def main():
    world = World()
    server = world.server()
    world.repository("whole", FILES)
    world.ok("whole", "remote", "add", "prod", "s3://acme-data/good", "--endpoint", server.endpoint)
    world.git("whole", "commit", "-qm", "remote")
    world.ok("whole", "push")
    world.git(".", "clone", "-q", world.path("whole"), world.path("fresh"))
    world.ok("fresh", "trust", "prod")
    world.copy("whole", "new")
    with open(world.path("new", "model.bin"), "ab") as stream:
        stream.write(os.urandom(300_000))
    world.ok("new", "add", "-u")
    world.git("new", "commit", "-qm", "v2")
    failed = 0
    for name, words, match, where in commands():
        words = [world.path("whole") if word == "CLONED" else word for word in words]
        for signals in (1, 2):
            server.fresh()
            server.fault("stall", match, times=ALWAYS)
            try:
                one = Interrupted(world, server, where, words, signals)
                one.check(signals)
                if signals == 1:
                    check(not leftovers(world.path(where)), f"left behind: {leftovers(world.path(where))}")
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}, {signals} signal(s): {error}\n", file=sys.stderr)
            failed += cleaned(world, server, words, where)
    server.fresh()
    world.ok("fresh", "pull")
    world.check_files("fresh", FILES)
    world.ok("new", "push")
    world.close()
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
