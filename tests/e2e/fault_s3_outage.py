"""Faults of the S3 server that are waited out: a store that is away ends a command in under two minutes with exit 5, a stall is tried again."""

import sys

from lib_s3_cases import ALWAYS, Stage, pulls, pushes

AWAY = {"times": ALWAYS, "status": 503, "code": "SlowDown"}
CASES = [
    ("pull, connections reset for ever", pulls(5, ("reset", {"key": "/packs/"}, {"times": ALWAYS}), says=["prod"])),
    ("push, 503 for ever", pushes(5, ("status", {"key": "/packs/"}, AWAY), says=["503 SlowDown", "prod"])),
    ("pull, no answer once", pulls(0, ("stall", {"key": "/packs/"}, {}))),
    ("pull, an answer that stops once", pulls(0, ("stall_at", {"key": "/packs/"}, {"bytes": 500}))),
    ("pull, a header without end", pulls(5, ("endless_header", {"key": "/packs/"}, {"times": ALWAYS}), says=["prod"])),
]

if __name__ == "__main__":
    sys.exit(1 if Stage(len(CASES)).start().run(CASES) else 0)
