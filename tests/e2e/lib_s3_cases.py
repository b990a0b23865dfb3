"""Push and pull under one fault of the server each: what must hold after it, whatever the fault is."""

import itertools
import os
import queue
import random
import time

from lib_s3 import World, check, run_cases

FILES = {"model.bin": random.Random(1).randbytes(1_200_000),
         **{f"set/{i % 3}/{i}.txt": f"row {i}\n".encode() * (i * 7 % 90 + 1) for i in range(40)}}
ALWAYS = -1
ANY, EACH = "any", "each"  # numbers of requests: left to chance; one more for each that met a fault


class Stage:
    """A repository `shop` of FILES, and servers that hold it below good/; each case has a server for itself."""

    def __init__(self, servers):
        self.world, self.free, self.numbers = World(), queue.Queue(), itertools.count()
        self.world.repository("shop", FILES)
        self.servers = servers
        self.plain = {}  # requests of a push and of a pull without any fault

    def start(self):
        for number in range(self.servers):
            server = self.world.server()
            self.world.copy("shop", f"seed{number}")
            self.world.remote(f"seed{number}", server, "good")
            self.world.ok(f"seed{number}", "push")
            self.plain["push"] = len(server.log())
            server.fresh()
            self.world.clone("shop", f"seed{number}-reader", server, "good")
            self.world.ok(f"seed{number}-reader", "pull")
            self.plain["pull"] = len(server.log())
            server.fresh()
            self.free.put(server)
        return self

    def run(self, cases):
        """Failures among the cases, which are (name, function of stage, server and name)."""
        def one(name, function):
            server, start = self.free.get(), time.monotonic()
            try:
                server.fresh()
                function(self, server, f"{name.replace(' ', '-')}-{next(self.numbers)}")
            finally:
                self.free.put(server)
                if os.environ.get("CAIRN_TEST_TIMES"):
                    print(f"{time.monotonic() - start:6.2f} s  {name}")
        failed = run_cases([(name, lambda n=name, f=function: one(n, f)) for name, function in cases], self.servers)
        self.world.close()
        print(f"{len(cases)} cases, {failed} failed")
        return failed


def bring_about(server, faults, settings):
    server.config(**settings)
    for kind, match, rest in faults:
        server.fault(kind, match, **rest)


def check_requests(server, faults, met, plain=None, more=ANY):
    """Of a command that asks `plain` times where nothing goes wrong: `met` requests met a fault, and `more` were sent in all."""
    rows = server.log()
    hit = sum(row["fault"] is not None for row in rows)
    check(hit or not faults, "no request met the fault")
    check(met in (ANY, hit), f"{hit} requests met the fault instead of {met}")
    more = hit if more == EACH else more
    check(more in (ANY, len(rows) - (plain or 0)), f"{len(rows)} requests instead of {plain} and {more} more")


def pushes(code, *faults, says=(), settings=None, role="owner", again="owner", more=EACH, met=ANY):
    """A push under the faults: right at once (code 0), or an error after which nothing unreadable is visible and a push converges."""
    def case(stage, server, name):
        world = stage.world
        world.copy("shop", name)
        world.remote(name, server, name)
        bring_about(server, faults, settings or {})
        world.fails(code, name, "push", says=says, **world.identity(role))
        check_requests(server, faults, met, stage.plain["push"], ANY if code else more)
        server.fresh()
        world.clone("shop", f"{name}-reader", server, name)
        if code:
            early = world.cairn(f"{name}-reader", "pull")
            check(early.code in (0, 6), f"after a failed push a reader gets exit {early.code}:\n{early.text}")
            world.ok(name, "push", **world.identity(again))
        world.ok(f"{name}-reader", "pull")
        world.check_files(f"{name}-reader", FILES)
    return case


def pulls(code, *faults, says=(), settings=None, role="owner", more=EACH, met=ANY):
    """A pull under the faults: every byte right (code 0), or an error with the tree as it was; then the same pull converges."""
    def case(stage, server, name):
        world = stage.world
        world.clone("shop", name, server, "good")
        before = {key: server.get(key) for key in server.objects("good/")} if changes(faults) else {}
        bring_about(server, faults, settings or {})
        try:
            run = world.fails(code, name, "pull", says=says, **world.identity(role))
            check_requests(server, faults, met, stage.plain["pull"], ANY if code else more)
        finally:
            restore(server, before)
        if code:
            world.check_empty(name, FILES)
            check("wrote" not in run.text, run.text)
            server.fresh()
            world.ok(name, "pull")
        world.check_files(name, FILES)
    return case


def changes(faults):
    return any(kind == "replaced" for kind, _, _ in faults)


def restore(server, objects):
    for key, octets in objects.items():
        server.put(key, octets)
