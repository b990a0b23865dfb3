#!/usr/bin/env python3
"""A strict S3 server that goes wrong on demand, for tests: standard library only, deterministic, no state but its own.

  s3_server.py [--port N] [--bucket NAME]... [--dir DIR] [--cert FILE --key FILE [--tls-most 1.1|1.2]]

Prints "listening on 127.0.0.1:PORT" once it can be asked. Path style, and virtual style as BUCKET.localhost. The identities
are AKOWNER, AKPUSHER (no delete) and AKREADER (only objects by name), with the secrets owner-secret, pusher-secret and reader-secret.
It is also an http proxy for whatever host it is asked about (https_proxy=http://127.0.0.1:PORT), and answers as that host.
It refuses what our client must never send: aws-chunked, unsigned payloads, x-amz-* or content-type headers outside the signature.

Control, unsigned, JSON:
  POST   /_control/fault            adds a fault (s3/faults.py)            DELETE /_control/fault    takes all away
  POST   /_control/config           changes CONFIG below                   GET    /_control/log      all requests so far
  GET    /_control/counts           requests by operation, and by status   POST   /_control/reset    faults, log and config, not objects
  GET    /_control/objects/BUCKET   key -> SHA-256                         PUT    /_control/object/BUCKET/KEY   stores bytes, unasked
"""

import argparse
import asyncio
import copy
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import sys
import time
from email.utils import formatdate
from http.client import responses
from urllib.parse import unquote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from s3 import faults, signature  # noqa: E402
from s3.answers import Answer, Request, S3Error  # noqa: E402
from s3.buckets import Buckets  # noqa: E402

CONFIG = {
    "region": "us-east-1",
    "region_signal": "400",       # for a wrong region: "400", "400-quiet" (no header) or "301"
    "region_text": "",            # what is claimed to be the right one; empty: the truth
    "clock_offset_s": 0,          # of the Date header and of what is held against the time of requests
    "conditional": "honoured",    # If-None-Match and If-Match on writes: "honoured", "refused" (501), "ignored"
    "list_v2": True,
    "page_size": 1000,            # most rows of one page
    "min_part_bytes": 5 << 20,
    "anonymous": False,           # unsigned GET and HEAD allowed
    "archive": [],                # storage classes whose objects cannot be read
    "delete_refused": "",         # regular expression of keys that DeleteObjects reports as denied
    "expired_tokens": [],
    "identities": {"AKOWNER": {"secret": "owner-secret", "role": "owner"}, "AKPUSHER": {"secret": "pusher-secret", "role": "pusher"},
                   "AKREADER": {"secret": "reader-secret", "role": "reader"},
                   "AKTEMP": {"secret": "temp-secret", "role": "owner", "token": "temp-token"}},
}
READER_MAY = {"get_object", "head_bucket"}
PUSHER_MAY_NOT = {"delete_object", "delete_objects", "create_bucket", "delete_bucket", "abort_upload", "list_uploads", "list_parts"}
OF_OBJECTS = [  # method, parameter that decides, operation
    ("PUT", "partNumber", "upload_part"), ("POST", "uploads", "create_upload"), ("POST", "uploadId", "complete_upload"),
    ("DELETE", "uploadId", "abort_upload"), ("GET", "uploadId", "list_parts"), ("GET", None, "get_object"),
    ("HEAD", None, "get_object"), ("PUT", None, "put_object"), ("DELETE", None, "delete_object")]
OF_BUCKETS = [
    ("GET", "uploads", "list_uploads"), ("GET", "location", "get_location"), ("POST", "delete", "delete_objects"),
    ("GET", None, "list_objects"), ("HEAD", None, "head_bucket"), ("PUT", None, "create_bucket"), ("DELETE", None, "delete_bucket")]
MAX_BODY_BYTES = 5 << 30


class Server:
    def __init__(self, bucket_names, directory):
        self.config, self.faults, self.log = copy.deepcopy(CONFIG), faults.Faults(), []
        self.buckets = Buckets(self.config, directory)
        for name in bucket_names:
            self.buckets.create_bucket(Request("PUT", "", "", [], b"", name), 0)

    def now_s(self):
        return time.time() + self.config["clock_offset_s"]

    # ---- one request ------------------------------------------------------------------------------------------------
    def operation_of(self, request):
        for method, parameter, operation in OF_OBJECTS if request.key else OF_BUCKETS:
            if request.method == method and (parameter is None or parameter in request.query):
                return operation
        return "unknown"

    def address(self, request):
        """Bucket, key and query of the request, path style or virtual."""
        path = unquote(request.raw_path, errors="surrogateescape")[1:]
        host = request.header("host", "").rsplit(":", 1)[0]
        if host.endswith(".localhost"):
            request.bucket, request.key = host[:-len(".localhost")], path
        else:
            request.bucket, _, request.key = path.partition("/")
        for part in filter(None, request.raw_query.split("&")):
            name, _, value = part.partition("=")
            request.query[unquote(name)] = unquote(value)

    def authorise(self, request, operation):
        unsigned = request.header("authorization") is None and "X-Amz-Signature" not in request.query
        if unsigned and self.config["anonymous"] and request.method in ("GET", "HEAD"):
            return
        if unsigned:
            raise S3Error(403, "AccessDenied", "Access Denied", {"x-amz-bucket-region": self.config["region_text"] or self.config["region"]})
        role = request.identity = signature.check(request, self.config, self.now_s())
        if (role == "reader" and operation not in READER_MAY) or (role == "pusher" and operation in PUSHER_MAY_NOT):
            raise S3Error(403, "AccessDenied", "Access Denied")

    def perform(self, request, operation):
        try:
            if operation == "unknown":
                raise S3Error(405, "MethodNotAllowed")
            self.authorise(request, operation)
            return getattr(self.buckets, operation)(request, self.now_s())
        except S3Error as error:
            return error.answer()
        except (ValueError, KeyError) as error:
            return S3Error(400, "InvalidArgument", str(error)).answer()

    async def answer(self, request):
        """The answer, and the fault that its writer has to bring about."""
        self.address(request)
        operation = self.operation_of(request)
        rule = self.faults.take(request, operation)
        row = {"method": request.method, "path": request.raw_path, "query": request.raw_query, "headers": request.headers,
               "operation": operation, "body_bytes": len(request.body), "fault": rule["kind"] if rule else None, "status": None}
        self.log.append(row)
        if rule and rule["kind"] == "delay":
            await asyncio.sleep(rule.get("seconds", 1))
        if rule and rule["kind"] == "together" and not await faults.meets_others(rule):
            rule = {"kind": "status", "status": 400, "code": "NotTogether"}
        if rule and rule["kind"] == "revoked":
            key_id = re.search(r"Credential=([^/]+)/", request.header("authorization", ""))[1]
            self.config["identities"] = {k: v for k, v in self.config["identities"].items() if k != key_id}
        if rule and rule["kind"] == "status":
            answer = faults.error_answer(rule)
        elif rule and (rule["kind"] in ("reset", "stall") or rule.get("landed") is False):
            answer = faults.change_answer(rule, request, Answer(), self.buckets)
        else:
            answer = self.perform(request, operation)
            if rule:
                answer = faults.change_answer(rule, request, answer, self.buckets)
        row.update(status=answer.status, identity=request.identity, answer_bytes=0 if request.method == "HEAD" else len(answer.body))
        return answer, rule

    # ---- control ----------------------------------------------------------------------------------------------------
    def control(self, request):
        what, _, rest = request.raw_path[len("/_control/"):].partition("/")
        call = getattr(self, f"control_{request.method.lower()}_{what}", None)
        try:
            result = call(request, unquote(rest)) if call else None
        except (ValueError, KeyError) as error:
            return Answer(400, {}, str(error).encode())
        return Answer(200 if call else 404, {"Content-Type": "application/json"}, json.dumps(result).encode())

    def control_post_fault(self, request, _):
        rule = json.loads(request.body)
        if rule["kind"] not in faults.KINDS:
            raise ValueError(f"no such fault: {rule['kind']}")
        self.faults.add(rule)

    def control_delete_fault(self, request, _):
        self.faults.rules.clear()

    def control_post_config(self, request, _):
        changes = json.loads(request.body)
        for name in changes.keys() - CONFIG.keys():
            raise ValueError(f"no such setting: {name}")
        self.config.update(changes)

    def control_get_log(self, request, _):
        return self.log

    def control_get_counts(self, request, _):
        out = {"requests": len(self.log)}
        for row in self.log:
            for name in (row["operation"], str(row["status"])):
                out[name] = out.get(name, 0) + 1
        return out

    def control_post_reset(self, request, _):
        self.faults.rules.clear()
        self.log.clear()
        self.config.update(copy.deepcopy(CONFIG))

    def control_get_objects(self, request, bucket):
        return {k: hashlib.sha256(o.body).hexdigest() for k, o in sorted(self.buckets.buckets[bucket].objects.items())}

    def control_put_object(self, request, rest):
        bucket, _, key = rest.partition("/")
        self.buckets.store(bucket, key, request.body, f'"{hashlib.md5(request.body).hexdigest()}"', self.now_s())

    # ---- the connection ---------------------------------------------------------------------------------------------
    async def serve(self, reader, writer):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while await self.exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader, writer):
        request = await read_request(reader, writer)
        if request.raw_path.startswith("/_control/"):
            answer, rule = self.control(request), None
        else:
            answer, rule = await self.answer(request)
        kind = rule["kind"] if rule else ""
        if kind in ("reset", "lost"):
            return reset(writer)
        if kind == "stall":
            return await hang()
        if kind == "endless_header":
            return await endless_header(writer)
        writer.write(self.head_of(answer, request))
        if request.method == "HEAD" or answer.status in (204, 304):
            await writer.drain()
            return True
        return await write_body(writer, answer.body, rule)

    def head_of(self, answer, request):
        headers = {"Server": "cairn-test", "Date": formatdate(self.now_s(), usegmt=True), "x-amz-request-id": f"{len(self.log):016X}",
                   **answer.headers}
        if answer.status not in (204, 304):
            headers.setdefault("Content-Length", str(len(answer.body)))
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}", *(f"{n}: {v}" for n, v in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


async def read_request(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ")
    if target.startswith("http://"):  # as a proxy is asked
        target = "/" + target.split("/", 3)[3]
    raw_path, _, raw_query = target.partition("?")
    headers = [(n.strip().lower(), v.strip()) for n, _, v in (line.partition(":") for line in lines)]
    request = Request(method, raw_path, raw_query, headers, b"")
    if (request.header("expect") or "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(request.header("content-length", "0"))
    if request.header("transfer-encoding") or length > MAX_BODY_BYTES:
        writer.write(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        raise ConnectionError
    request.body = await reader.readexactly(length) if length else b""
    return request


def reset(writer):
    """RST instead of FIN: the peer sees "connection reset"."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def hang():
    await asyncio.sleep(86_400)


async def endless_header(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nx-endless: ")
    while True:
        writer.write(b"x" * 4096)
        await writer.drain()


async def write_body(writer, body, rule):
    kind, count = (rule["kind"], rule.get("bytes", 1)) if rule else ("", 0)
    if kind == "slow":
        for at in range(len(body)):
            writer.write(body[at:at + 1])
            await writer.drain()
            await asyncio.sleep(rule.get("seconds", 1))
        return True
    if kind == "truncate":
        body = body[:max(0, len(body) - count)]
    if kind in ("stall_at", "reset_at"):
        body = body[:count]
    if kind == "extra":
        body = bytes(body) + b"x" * count
    writer.write(body)
    await writer.drain()
    if kind == "stall_at":
        await hang()
    if kind == "reset_at":
        await asyncio.sleep(0.05)  # what was written should arrive before the reset
        return reset(writer)
    return kind not in ("truncate", "extra")


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bucket", action="append", default=[])
    parser.add_argument("--dir", help="objects are kept in files here")
    parser.add_argument("--cert", help="PEM; serves https")
    parser.add_argument("--key")
    parser.add_argument("--tls-most", choices=["1.1", "1.2"], help="an old server: nothing newer is spoken")
    options = parser.parse_args()
    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert, options.key)
    if options.tls_most == "1.2":
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
    elif options.tls_most:
        tls.set_ciphers("DEFAULT:@SECLEVEL=0")
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    server = Server(options.bucket or ["bucket"], options.dir)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", options.port, ssl=tls, limit=1 << 20)
    print(f"listening on 127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
