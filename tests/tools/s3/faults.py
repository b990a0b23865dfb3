"""What may go wrong on purpose. A fault is a JSON object posted to /_control/fault:

  kind    one of the names below
  match   {"method", "operation", "key", "query"}: exact, exact, and two regular expressions; absent ones match all
  skip    so many matching requests stay unharmed first (default 0);   times: how many are hit then (default 1; -1: all)

Before the request takes effect (nothing lands):
  status  answers with "status", "code", "message", "headers" (an Error document; "body": "html", "huge", "empty" or own text)
  revoked takes the identity away that asks, for good
  reset   resets the connection            stall   never answers           delay   waits "seconds", then goes on
  together  holds its requests until "times" of them wait: who sends them one after the other gets 400 after 30 seconds
After it took effect:
  lost    resets the connection without an answer          status_after   as status, but the write landed
  error_200   200 with an Error document ("code"; with "landed": false nothing landed)
  empty_200   200 without a body           endless_header   a header that never ends
  replaced    as asked, but then the object is changed (every byte plus one), with a new ETag
In the body of the answer:
  truncate  leaves out the last "bytes" and closes; the length header stays right       reset_at   resets after "bytes" of the body
  stall_at  stops after "bytes"            slow    one byte every "seconds"             extra      "bytes" more than the length header says
  corrupt   flips the lowest bit of byte "at" (default 0, negative from the end)        swap       the bytes of object "key" instead
  gzip      adds Content-Encoding: gzip    html    an HTML page with status 200
Of ranges:
  range_ignored   200 and the whole object                 range_wrong   Content-Range says one byte further than the bytes are
  range_shifted   bytes and Content-Range one further than asked         range_total   another total size
Of listings:
  list_loop   the same page and token for ever             list_unsorted   rows in reverse
  list_keys   the "keys" are added to the page (unescaped control characters included)
  list_encoded   names URL-encoded although nobody asked
"""

import asyncio
import gzip
import re
from urllib.parse import quote

from .answers import Answer, S3Error, element, error_document

ROW = "<Contents>.*?</Contents>"
HTML = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1><hr></body></html>\n"
KINDS = {"status", "revoked", "reset", "stall", "delay", "together", "lost", "status_after", "error_200", "empty_200", "endless_header", "replaced", "truncate",
         "reset_at", "stall_at", "slow", "extra", "corrupt", "swap", "gzip", "html", "range_ignored", "range_wrong", "range_shifted",
         "range_total", "list_loop", "list_unsorted", "list_keys", "list_encoded"}


async def meets_others(rule):
    """Waits until as many requests are there as the rule is for; False when they do not come together."""
    all_there = rule.setdefault("all_there", asyncio.Event())
    if rule["hits"] == rule["times"]:
        all_there.set()
    try:
        await asyncio.wait_for(all_there.wait(), 30)
    except asyncio.TimeoutError:
        return False
    return True


class Faults:
    def __init__(self):
        self.rules = []

    def add(self, rule):
        self.rules.append({"skip": 0, "times": 1, "match": {}, **rule, "hits": 0})

    def take(self, request, operation):
        """The first rule that hits this request."""
        for rule in self.rules:
            match = rule["match"]
            if match.get("method", request.method) != request.method or match.get("operation", operation) != operation:
                continue
            if not re.search(match.get("key", ""), request.key) or not re.search(match.get("query", ""), request.raw_query):
                continue
            if rule["skip"] > 0:
                rule["skip"] -= 1
            elif rule["hits"] != rule["times"]:
                rule["hits"] += 1
                return rule
        return None


def error_answer(rule):
    headers, body = dict(rule.get("headers", {})), rule.get("body")
    status = rule.get("status", 503)
    if body == "html":
        return Answer(status, {"Content-Type": "text/html", **headers}, HTML)
    if body == "huge":
        return Answer(status, {"Content-Type": "application/xml", **headers}, b"<Error>" + b"x" * (4 << 20))
    if body == "empty":
        return Answer(status, headers)
    if body is not None:
        return Answer(status, headers, body.encode())
    fields = {"Message": rule.get("message", "on purpose"), **rule.get("fields", {})}
    return S3Error(status, rule.get("code", "SlowDown"), headers=headers, **fields).answer()


def change_range(rule, request, answer, whole):
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", ""))
    if not match:
        return
    first, last, total = map(int, match.groups())
    kind = rule["kind"]
    if kind == "range_ignored":
        answer.status, answer.body = 200, whole
        del answer.headers["Content-Range"]
    if kind == "range_shifted":
        answer.body = whole[first + 1:last + 2]
    if kind in ("range_wrong", "range_shifted"):
        answer.headers["Content-Range"] = f"bytes {first + 1}-{last + 1}/{total}"
    if kind == "range_total":
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{total + 1}"


def change_listing(rule, answer):
    text, kind = answer.body.decode(), rule["kind"]
    if kind == "list_loop":
        token = "<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>"
        text = re.sub("<IsTruncated>.*?</IsTruncated>(<Next.*?</Next[A-Za-z]*>)?", token, text)
    if kind == "list_unsorted":
        backwards = reversed(re.findall(ROW, text))
        text = re.sub(ROW, lambda _: next(backwards), text)
    if kind == "list_keys":
        more = "".join("<Contents>" + f"<Key>{k}</Key>" + element("Size", 1) + element("ETag", '"x"') +
                       element("LastModified", "2026-01-01T00:00:00.000Z") + "</Contents>" for k in rule["keys"])
        text = text.replace("</ListBucketResult>", more + "</ListBucketResult>")
    if kind == "list_encoded":
        text = re.sub("<Key>(.*?)</Key>", lambda m: f"<Key>{quote(m[1], safe='')}</Key>", text)
    answer.body = text.encode()


def change_answer(rule, request, answer, buckets):
    """The answer as the fault leaves it; faults of the connection are left to the writer."""
    kind = rule["kind"]
    if kind == "status_after":
        return error_answer({"status": 500, "code": "InternalError", **rule})
    if kind == "error_200":
        return Answer(200, {"Content-Type": "application/xml"}, error_document(rule.get("code", "InternalError"), {"Message": "on purpose"}))
    if kind == "empty_200":
        return Answer(200)
    if kind == "html":
        return Answer(200, {"Content-Type": "text/html"}, HTML)
    objects = buckets.buckets[request.bucket].objects if request.bucket in buckets.buckets else {}
    found = objects.get(request.key)
    if kind == "corrupt" and answer.body:
        body = bytearray(answer.body)
        body[rule.get("at", 0)] ^= 1
        answer.body = bytes(body)
    if kind == "swap":
        answer.body = objects[rule["key"]].body
    if kind == "gzip":
        answer.headers["Content-Encoding"] = "gzip"
        answer.body = gzip.compress(answer.body, mtime=0)
    if kind == "replaced" and found:
        found.body, found.etag = bytes((b + 1) & 255 for b in found.body), '"replaced"'
    if kind.startswith("range_") and found:
        change_range(rule, request, answer, found.body)
    if kind.startswith("list_") and answer.status == 200:
        change_listing(rule, answer)
    return answer
