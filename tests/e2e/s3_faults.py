"""Push and pull under every fault of the S3 server that ends soon; those that wait for time-outs are in fault_s3_outage.py.

Each case: the bytes are right, or the command fails with the exit code of its cause, a message with side and cause, a hint, and the
tree as it was; without the fault the same command converges. No secret is in any output. A request that is tried again is one more in the
server's log, and no other is sent.
"""

import sys

from lib_s3_cases import ALWAYS, ANY, Stage, pulls, pushes


def at(kind, operation, key="", times=1, **rest):
    return kind, {"operation": operation, "key": key, **({"query": rest.pop("query")} if "query" in rest else {})}, {"times": times, **rest}


PUT, GET, LIST = "put_object", "get_object", "list_objects"
PACK, ROOT, INDEX, LEASE, CONFIG = "/packs/", "/roots/", "/index/", "/leases/", r"cairn\.json"
NOBODY = ("status", {}, {"times": ALWAYS, "status": 404, "code": "XAdminUserNotFound"})  # what versitygw answers
EXPIRED = {"status": 400, "code": "ExpiredToken", "message": "The provided token has expired."}

PUSHES = [
    # answers that say: later
    ("503 to packs", pushes(0, at("status", PUT, PACK, 2))),
    ("503 to a root", pushes(0, at("status", PUT, ROOT, 1, status=503, code="ServiceUnavailable"))),
    ("503 to listings", pushes(0, at("status", LIST, times=1))),
    ("429 with Retry-After", pushes(0, at("status", PUT, PACK, status=429, code="TooManyRequests", headers={"Retry-After": "1"}))),
    ("500", pushes(0, at("status", PUT, status=500, code="InternalError", times=3))),
    ("500 with 4 MiB", pushes(0, at("status", PUT, PACK, status=500, body="huge"))),
    ("502 web page", pushes(0, at("status", PUT, PACK, status=502, body="html"))),
    ("504 empty", pushes(0, at("status", GET, ROOT, status=504, body="empty"))),
    ("400 RequestTimeout", pushes(0, at("status", PUT, PACK, status=400, code="RequestTimeout"))),
    # connections that break, before and after the write landed
    ("reset before a pack landed", pushes(0, at("reset", PUT, PACK, 2))),
    ("reset before a root landed", pushes(0, at("reset", PUT, ROOT))),
    ("pack landed, no answer", pushes(0, at("lost", PUT, PACK), more=ANY)),
    ("index landed, no answer", pushes(0, at("lost", PUT, INDEX))),
    ("lease landed, no answer", pushes(0, at("lost", PUT, LEASE))),
    ("root landed, no answer", pushes(0, at("lost", PUT, ROOT), more=ANY)),
    ("root landed, 500", pushes(0, at("status_after", PUT, ROOT, status=500, code="InternalError"), more=2)),
    ("pack landed, 500", pushes(0, at("status_after", PUT, PACK), more=2)),
    ("cairn.json landed, no answer", pushes(0, at("lost", PUT, CONFIG), more=ANY)),
    ("200 without a body", pushes(0, at("empty_200", PUT, times=ALWAYS))),
    ("200 to a pack that did not land", pushes(5, at("empty_200", PUT, PACK, ALWAYS, landed=False), says=["packs/", "prod"])),
    ("200 to a root that did not land", pushes(5, at("empty_200", PUT, ROOT, ALWAYS, landed=False), says=["roots/", "prod"])),
    ("web page to a pack that did not land", pushes(5, at("html", PUT, PACK, ALWAYS, landed=False), says=["packs/", "prod", "web page"])),
    ("error in a 200 to a pack", pushes(5, at("error_200", PUT, PACK, ALWAYS, landed=False), says=["packs/", "prod"])),
    # conditions
    ("conditions refused", pushes(0, settings={"conditional": "refused"}, more=ANY)),
    ("conditions ignored", pushes(0, settings={"conditional": "ignored"})),
    ("conditions ignored, answer lost", pushes(0, at("lost", PUT, ROOT), settings={"conditional": "ignored"}, more=ANY)),
    ("conditions refused, answer lost", pushes(0, at("lost", PUT, ROOT), settings={"conditional": "refused"}, more=ANY)),
    ("409 once", pushes(0, at("status", PUT, ROOT, status=409, code="ConditionalRequestConflict"))),
    # who asks, when and where
    ("clock 20 min behind", pushes(0, settings={"clock_offset_s": 1200}, more=1)),
    ("clock 20 min ahead", pushes(0, settings={"clock_offset_s": -1200}, more=1)),
    ("clock a week off", pushes(4, settings={"clock_offset_s": 7 * 86400}, says=["clock"])),
    ("another region, 400", pushes(0, settings={"region": "eu-west-9"}, more=1)),
    ("another region, 400 without a header", pushes(0, settings={"region": "eu-west-9", "region_signal": "400-quiet"}, more=1)),
    ("another region, 301", pushes(0, settings={"region": "eu-west-9", "region_signal": "301"}, more=1)),
    ("token expired", pushes(4, role="temp", settings={"expired_tokens": ["canary-token-Zk6pVvQ0sT"]}, says=["ExpiredToken", "renew"])),
    ("token expires on the way", pushes(4, ("status", {}, {"times": ALWAYS, "skip": 9, **EXPIRED}), role="temp", says=["ExpiredToken", "renew"])),
    ("token of another time once", pushes(0, ("status", {}, {"skip": 5, **EXPIRED}), role="temp")),
    ("403 to a pack", pushes(4, at("status", PUT, PACK, ALWAYS, status=403, code="AccessDenied"), says=["writing", "packs/", "prod"])),
    ("403 to both roots", pushes(4, at("status", PUT, ROOT, ALWAYS, status=403, code="AccessDenied"), says=["roots/", "prod"], met=2)),
    ("404 to an unknown access key", pushes(4, NOBODY, says=["XAdminUserNotFound", "AWS_ACCESS_KEY_ID", "prod"])),
    ("403 to a listing", pushes(4, at("status", LIST, times=ALWAYS, status=403, code="AccessDenied"), says=["listing", "prod"], met=1)),
    ("a reader pushes", pushes(4, role="reader", says=["prod"])),
    ("a pusher pushes", pushes(0, role="pusher")),
    ("404 for the bucket", pushes(6, ("status", {}, {"times": ALWAYS, "status": 404, "code": "NoSuchBucket"}), says=["NoSuchBucket", "acme-data"], met=1)),
    ("404 of an unknown kind to cairn.json", pushes(1, at("status", GET, CONFIG, ALWAYS, status=404, code="NoSuchTenant"), says=["NoSuchTenant", "prod"], met=1)),
    ("404 of another server to cairn.json", pushes(5, at("status", GET, CONFIG, ALWAYS, status=404, body="404 page not found"), says=["none of a store", "prod"], met=1)),
    # listings
    ("version 1 only", pushes(0, settings={"list_v2": False}, more=1)),
    ("listing in circles", pushes(5, at("list_loop", LIST, times=ALWAYS), says=["listing", "prod"], met=2)),
    ("listing backwards", pushes(0, at("list_unsorted", LIST, times=ALWAYS), more=0)),
    ("listing of others' keys", pushes(5, at("list_keys", LIST, times=ALWAYS, keys=["../../etc/passwd", "a\u0001b"]), says=["prod"], met=1)),
    ("listing is a web page", pushes(5, at("html", LIST, times=ALWAYS), says=["prod"], met=1)),
    ("listing is empty", pushes(5, at("empty_200", LIST, times=ALWAYS), says=["prod"], met=1)),
    # what is no answer of a store
    ("redirect", pushes(1, ("status", {"method": "PUT"}, {"times": ALWAYS, "status": 307, "code": "TemporaryRedirect", "headers": {"Location": "http://127.0.0.1:9/"}}), says=["prod"], met=1)),
    ("cairn.json is a web page", pushes(5, at("html", GET, CONFIG, ALWAYS), says=["cairn.json", "prod"], met=1)),
    ("400 of another kind", pushes(1, at("status", PUT, PACK, ALWAYS, status=400, code="KeyTooLongError"), says=["KeyTooLongError", "prod"])),
    ("507", pushes(9, at("status", PUT, PACK, ALWAYS, status=507, code="InsufficientStorage"), says=["prod"])),
]

PULLS = [
    ("503", pulls(0, at("status", GET, PACK, 2))),
    ("503 to a root", pulls(0, at("status", GET, ROOT))),
    ("500 with 4 MiB", pulls(0, at("status", GET, PACK, status=500, body="huge"))),
    ("502 web page", pulls(0, at("status", GET, PACK, status=502, body="html"))),
    ("reset before the answer", pulls(0, at("reset", GET, PACK, 2))),
    ("reset at 0", pulls(0, at("reset_at", GET, PACK, bytes=0))),
    *((f"reset at {at_byte}", pulls(0, at("reset_at", GET, PACK, bytes=at_byte, times=2), more=ANY)) for at_byte in (1, 777, 65536, 1 << 20)),
    *((f"reset at each 64 KiB from {first}", pulls(0, *(at("reset_at", GET, PACK, bytes=n << 16) for n in range(first, first + 6)), more=ANY)) for first in (1, 7, 13)),
    ("one byte short", pulls(0, at("truncate", GET, PACK, bytes=1))),
    ("root short", pulls(0, at("truncate", GET, ROOT, bytes=9))),
    ("more than announced", pulls(0, at("extra", GET, PACK, bytes=7), more=0)),
    ("whole object to a range", pulls(0, at("range_ignored", GET, PACK, ALWAYS), more=0)),
    ("range one further, said", pulls(5, at("range_shifted", GET, PACK, ALWAYS), says=["another range", "packs/", "prod"], met=1)),
    ("range said wrong", pulls(5, at("range_wrong", GET, PACK, ALWAYS), says=["another range", "packs/", "prod"], met=1)),
    ("another total", pulls(0, at("range_total", GET, PACK, ALWAYS), more=0)),
    ("first bit wrong", pulls(7, at("corrupt", GET, PACK, ALWAYS), says=["prod"])),
    ("last bit wrong", pulls(7, at("corrupt", GET, PACK, ALWAYS, at=-1), says=["prod"])),
    ("root wrong", pulls(0, at("corrupt", GET, ROOT, ALWAYS, at=40), says=["warning", "checksum"], more=ANY)),
    ("object replaced", pulls(5, at("replaced", GET, PACK, ALWAYS), says=["replaced", "prod"])),
    ("gzip", pulls(5, at("gzip", GET, PACK, ALWAYS), says=["prod"], met=1)),
    ("web page for a pack", pulls(5, at("html", GET, PACK, ALWAYS), says=["prod"], met=1)),
    ("web page for a root", pulls(5, at("html", GET, ROOT, ALWAYS), says=["prod"], met=1)),
    ("200 without a body", pulls(7, at("empty_200", GET, PACK, ALWAYS), says=["prod"])),
    ("root without a body", pulls(0, at("empty_200", GET, ROOT, ALWAYS), says=["warning"], more=ANY)),
    ("200 with an error", pulls(7, at("error_200", GET, PACK, ALWAYS), says=["prod"])),
    ("redirect", pulls(1, at("status", GET, PACK, ALWAYS, status=302, code="Found", headers={"Location": "http://127.0.0.1:9/x"}), says=["302", "prod"], met=1)),
    ("403 to a pack", pulls(6, at("status", GET, PACK, ALWAYS, status=403, code="AccessDenied"), says=["packs/", "prod"], met=1)),
    ("404 to a pack", pulls(6, at("status", GET, PACK, ALWAYS, status=404, code="NoSuchKey"), says=["prod"])),
    ("404 to a root", pulls(6, at("status", GET, ROOT, ALWAYS, status=404, code="NoSuchKey"), says=["prod"])),
    ("404 of an unknown kind to a pack", pulls(1, at("status", GET, PACK, ALWAYS, status=404, code="NoSuchTenant"), says=["NoSuchTenant", "prod"], met=1)),
    ("404 of another server to a root", pulls(5, at("status", GET, ROOT, ALWAYS, status=404, body="404 page not found"), says=["none of a store", "prod"], met=1)),
    ("403 to everything", pulls(4, ("status", {}, {"times": ALWAYS, "status": 403, "code": "AccessDenied"}), says=["prod"], met=1)),
    ("404 to an unknown access key", pulls(4, NOBODY, says=["XAdminUserNotFound", "AWS_ACCESS_KEY_ID", "prod"])),
    ("archived", pulls(6, at("status", GET, PACK, ALWAYS, status=403, code="InvalidObjectState"), says=["on `prod` in an archive class", "packs/", "restore", "prod"])),
    ("token expired", pulls(4, role="temp", settings={"expired_tokens": ["canary-token-Zk6pVvQ0sT"]}, says=["ExpiredToken", "renew"])),
    ("token expires on the way", pulls(4, ("status", {}, {"times": ALWAYS, "skip": 4, **EXPIRED}), role="temp", says=["ExpiredToken", "renew"])),
    ("clock 20 min behind", pulls(0, settings={"clock_offset_s": 1200}, more=1)),
    ("another region", pulls(0, settings={"region": "eu-west-9", "region_signal": "301"}, more=1)),
    ("a reader", pulls(0, role="reader")),
]

if __name__ == "__main__":
    cases = [(f"push, {name}", case) for name, case in PUSHES] + [(f"pull, {name}", case) for name, case in PULLS]
    wanted = sys.argv[1:]
    cases = [c for c in cases if not wanted or any(w in c[0] for w in wanted)]
    sys.exit(1 if Stage(4).start().run(cases) else 0)
