"""Faults of the S3 server that are waited out: a store that is away ends a command in under two minutes with exit 5, a stall is tried again."""

import sys

from lib_s3 import check
from lib_s3_cases import ALWAYS, Stage, pulls, pushes

AWAY = {"times": ALWAYS, "status": 503, "code": "SlowDown"}
CASES = [
    ("pull, connections reset for ever", pulls(5, ("reset", {"key": "/packs/"}, {"times": ALWAYS}), says=["prod"])),
    ("push, 503 for ever", pushes(5, ("status", {"key": "/packs/"}, AWAY), says=["503 SlowDown", "prod"])),
    ("pull, no answer once", pulls(0, ("stall", {"key": "/packs/"}, {}))),
    ("pull, an answer that stops once", pulls(0, ("stall_at", {"key": "/packs/"}, {"bytes": 50}))),  # within the shortest answer
    ("pull, one byte a second once", pulls(0, ("slow", {"key": "/packs/"}, {"seconds": 1}))),
    ("pull, a header without end", pulls(5, ("endless_header", {"key": "/packs/"}, {"times": ALWAYS}), says=["prod"])),
]



def check_of_a_stalled_server(stage, server, name):
    """One step fails, after three attempts of the same request and not more; several read remotes at that host wait no longer."""
    world = stage.world
    world.clone("shop", name, server, "good")
    server.fault("stall", times=ALWAYS)
    run = world.cairn(name, "remote", "check", "prod")
    check(run.code == 3 and run.text.count("FAILED") == 1 and "clock: FAILED" in run.text, f"exit {run.code}:\n{run.text}")
    check(not any(f"{fact}: " in run.text for fact in ("TLS", "identity")), f"tells what it can't know:\n{run.text}")
    check(run.seconds < 120 and len(server.log()) == 3, f"{run.seconds:.0f} s, {len(server.log())} requests")


def several_remotes_of_a_stalled_host(stage, server, name):
    world = stage.world
    world.clone("shop", name, server, "good")
    for other in ("second", "third"):
        world.ok(name, "remote", "add", "--local", other, f"s3://acme-data/{other}", "--endpoint", server.endpoint)
    world.git(name, "config", "cairn.read-remotes", "prod second third")
    server.fault("stall", times=ALWAYS)
    run = world.fails(5, name, "pull", says=["nothing but failures"])
    check(run.seconds < 120, f"{run.seconds:.0f} s")
    check(len(server.log()) <= 3 * 16, f"{len(server.log())} requests")


CASES += [("remote check, no answer", check_of_a_stalled_server), ("three remotes, no answer", several_remotes_of_a_stalled_host)]

if __name__ == "__main__":
    sys.exit(1 if Stage(len(CASES)).start().run(CASES) else 0)
