"""10,000 random requests signed by sigv4_probe and by botocore: canonical request, string to sign and signature agree.

Seed: 1, or that in SIGV4_SEED; it is printed on failure.
"""

import datetime
import hashlib
import json
import os
import random
import subprocess
import sys
import unittest

try:
    from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

PROBE = os.environ.get("SIGV4_PROBE", "")
SEED = int(os.environ.get("SIGV4_SEED", "1"))
REQUESTS = 10_000
TEXT = [chr(c) for c in range(0x20, 0x7F)] + ["é", "ß", "漢", "\U0001f9f1", "\u0301"]
TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+="
SIGNED = ["Content-Type", "content-md5", "Range", "If-Match", "if-none-match"]  # the reference writes its own Date
UNSIGNED = ["User-Agent", "Expect", "X-Amzn-Trace-Id"]


def text(rng, alphabet, longest):
    return "".join(rng.choices(alphabet, k=rng.randint(0, longest)))


def header_name(rng):
    name = "x-amz-" + text(rng, "abcABC-", 6).strip("-")
    return name if name not in ("x-amz-", "x-amz-date") else "x-amz-meta"


def make_request(rng):
    port = rng.choice(["", "", f":{rng.choice([81, 9000, 443])}"])
    headers = [(rng.choice(SIGNED), text(rng, TEXT[:95], 20)) for _ in range(rng.randint(0, 2))]
    headers += [(header_name(rng), text(rng, TEXT[:95] + [" "] * 20, 20)) for _ in range(rng.randint(0, 4))]
    headers += [(rng.choice(UNSIGNED), "x")] * rng.randint(0, 1)
    out = {
        "key": "AK" + text(rng, TOKEN[:62], 18), "secret": text(rng, TOKEN, 60), "token": rng.choice(["", text(rng, TOKEN, 99)]),
        "region": rng.choice(["us-east-1", "auto", "eu-central-1"]), "service": "s3",
        "now_ms": rng.randint(946_684_800, 2_208_988_800) * 1000 + rng.randint(0, 999),
        "method": rng.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
        "host": rng.choice(["localhost", "b.s3.example.org", "127.0.0.1"]) + port,
        "path": "/" + text(rng, [c for c in TEXT] + ["/"] * 9, 30),
        "query": [(text(rng, TEXT, 6), text(rng, TEXT, 12)) for _ in range(rng.randint(0, 5))],
        "headers": headers, "body": text(rng, TOKEN, 9),
    }
    out["payload"] = hashlib.sha256(out["body"].encode()).hexdigest()
    if rng.random() < 0.2:
        # The reference keeps one value of a name only, and takes headers into the query.
        out.update(expires_s=rng.randint(1, 604_800), headers=[], body="", query=list(dict(out["query"]).items()))
    return out


def quote(name):
    return "".join(chr(b) if chr(b).isalnum() and b < 128 or chr(b) in "-._~" else f"%{b:02X}" for b in name.encode())


def timestamp(request):
    return datetime.datetime.fromtimestamp(request["now_ms"] // 1000, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def reference(request):
    """What botocore makes of it, through the steps of its add_auth but with our time."""
    credentials = Credentials(request["key"], request["secret"], request["token"] or None)
    path = "/".join(quote(part) for part in request["path"].split("/"))
    url = f"http://{request['host']}{path}"
    presigned = "expires_s" in request
    if presigned:
        signer = S3SigV4QueryAuth(credentials, "s3", request["region"], expires=request["expires_s"])
        query = "&".join(f"{quote(n)}={quote(v)}" for n, v in request["query"])
        aws = AWSRequest(request["method"], url + ("?" + query if query else ""))
    else:
        signer = S3SigV4Auth(credentials, "s3", request["region"])
        aws = AWSRequest(request["method"], url, data=request["body"].encode(), params=request["query"])
        for name, value in request["headers"]:
            aws.headers.add_header(name, value)
    aws.context["timestamp"] = timestamp(request)
    signer._modify_request_before_signing(aws)
    canonical = signer.canonical_request(aws)
    to_sign = signer.string_to_sign(aws, canonical)
    signer._inject_signature_to_request(aws, signer.signature(to_sign, aws))
    if presigned:
        return {"query": aws.url.split("?", 1)[1]}
    return {"canonical": canonical, "string_to_sign": to_sign, "authorization": aws.headers["Authorization"]}


def sorted_query(answer):
    return sorted(answer["query"].split("&"))  # the reference writes them unsorted; the signature is one of them


class SameAsBotocore(unittest.TestCase):
    def test_random_requests(self):
        rng = random.Random(SEED)
        requests = [make_request(rng) for _ in range(REQUESTS)]
        lines = "".join(json.dumps(r) + "\n" for r in requests)
        answers = subprocess.run([PROBE], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertEqual(len(answers), REQUESTS)
        for request, line in zip(requests, answers):
            ours, theirs = json.loads(line), reference(request)
            if "query" in theirs:
                ours, theirs = sorted_query(ours), sorted_query(theirs)
            self.assertEqual(ours, theirs, f"seed {SEED}: {json.dumps(request)}")


if __name__ == "__main__":
    unittest.main()
