"""The S3 server of the tests, asked by botocore (what it should accept) and by hand (what it must refuse or break)."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import unittest
from pathlib import Path

os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
                  AWS_REQUEST_CHECKSUM_CALCULATION="when_required")
try:
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import ClientError, HTTPClientError
except ImportError:
    print("python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

RESOLVE = socket.getaddrinfo  # not every resolver knows names below localhost
socket.getaddrinfo = lambda host, *rest, **more: RESOLVE("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)
SERVER = Path(__file__).with_name("s3_server.py")


class AgainstServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([sys.executable, str(SERVER), "--bucket", "data"], stdout=subprocess.PIPE, text=True)
        cls.port = int(cls.process.stdout.readline().rsplit(":", 1)[1])

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.process.wait()
        cls.process.stdout.close()

    def setUp(self):
        self.control("POST", "reset")
        self.s3 = self.client()
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="data"):
            for row in page.get("Contents", []):
                self.s3.delete_object(Bucket="data", Key=row["Key"])
        self.control("POST", "reset")

    def client(self, key="AKOWNER", secret="owner-secret", token=None, region="us-east-1", style="path"):
        host = "127.0.0.1" if style == "path" else "localhost"
        return botocore.session.Session().create_client(
            "s3", endpoint_url=f"http://{host}:{self.port}", region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
            aws_session_token=token, config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}, read_timeout=5,
                                                   s3={"addressing_style": style}))

    def control(self, method, what, body=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.raw(method, "/_control/" + what, raw)
        self.assertEqual(answer.status, 200, answer.body)
        return json.loads(answer.body)

    def fault(self, kind, **more):
        self.control("POST", "fault", {"kind": kind, **more})

    def raw(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(Bucket="data", **arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def get(self, key, **arguments):
        return self.s3.get_object(Bucket="data", Key=key, **arguments)["Body"].read()


class Accepts(AgainstServer):
    def test_objects(self):
        self.s3.put_object(Bucket="data", Key="a b/ü+%/c", Body=b"0123456789", Metadata={"id": "7"})
        self.assertEqual(self.get("a b/ü+%/c"), b"0123456789")
        self.assertEqual(self.get("a b/ü+%/c", Range="bytes=2-4"), b"234")
        self.assertEqual(self.get("a b/ü+%/c", Range="bytes=-3"), b"789")
        self.assertEqual(self.get("a b/ü+%/c", Range="bytes=7-99"), b"789")
        head = self.s3.head_object(Bucket="data", Key="a b/ü+%/c")
        self.assertEqual((head["ContentLength"], head["Metadata"]), (10, {"id": "7"}))
        self.refused("InvalidRange", self.s3.get_object, Key="a b/ü+%/c", Range="bytes=10-")
        self.s3.delete_object(Bucket="data", Key="a b/ü+%/c")
        self.refused("NoSuchKey", self.s3.get_object, Key="a b/ü+%/c")

    def test_virtual_style_and_presigned_urls(self):
        self.client(style="virtual").put_object(Bucket="data", Key="k", Body=b"x")
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"}, ExpiresIn=60)
        answer = self.raw("GET", url.split(str(self.port), 1)[1])
        self.assertEqual((answer.status, answer.body), (200, b"x"))

    def test_listings_have_pages_and_common_prefixes(self):
        keys = [f"p/{i:03}" for i in range(25)] + ["p/d/1", "p/d/2", "p/e", "q"]
        for key in keys:
            self.s3.put_object(Bucket="data", Key=key, Body=b"")
        for call in ("list_objects", "list_objects_v2"):
            pages = list(self.s3.get_paginator(call).paginate(Bucket="data", Prefix="p/", PaginationConfig={"PageSize": 7}))
            self.assertEqual([r["Key"] for p in pages for r in p.get("Contents", [])], sorted(keys[:-1]), call)
            self.assertEqual(len(pages), 4)
            pages = list(self.s3.get_paginator(call).paginate(Bucket="data", Prefix="p/", Delimiter="/", PaginationConfig={"PageSize": 3}))
            self.assertEqual([r["Prefix"] for p in pages for r in p.get("CommonPrefixes", [])], ["p/d/"], call)
            self.assertEqual(sum(len(p.get("Contents", [])) for p in pages), 26, call)

    def test_delete_objects(self):
        for key in ("a", "b", "keep"):
            self.s3.put_object(Bucket="data", Key=key, Body=b"")
        self.control("POST", "config", {"delete_refused": "^keep$"})
        answer = self.s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": k} for k in ("a", "b", "keep", "none")]})
        self.assertEqual([r["Key"] for r in answer["Errors"]], ["keep"])
        self.assertEqual(list(self.control("GET", "objects/data")), ["keep"])

    def test_multipart(self):
        self.control("POST", "config", {"min_part_bytes": 4})
        upload = {"Key": "big", "UploadId": self.s3.create_multipart_upload(Bucket="data", Key="big")["UploadId"]}
        parts = [{"PartNumber": n, "ETag": self.s3.upload_part(Bucket="data", PartNumber=n, Body=b, **upload)["ETag"]}
                 for n, b in ((1, b"aaaa"), (2, b"bbbb"), (3, b"c"))]
        listed = self.s3.get_paginator("list_parts").paginate(Bucket="data", PaginationConfig={"PageSize": 2}, **upload)
        self.assertEqual([p["PartNumber"] for page in listed for p in page["Parts"]], [1, 2, 3])
        self.assertEqual(len(self.s3.list_multipart_uploads(Bucket="data")["Uploads"]), 1)
        complete = self.s3.complete_multipart_upload
        self.refused("InvalidPart", complete, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"0"'}]}, **upload)
        self.refused("InvalidPartOrder", complete, MultipartUpload={"Parts": parts[::-1]}, **upload)
        self.assertTrue(complete(Bucket="data", MultipartUpload={"Parts": parts}, **upload)["ETag"].endswith('-3"'))
        self.assertEqual(self.get("big"), b"aaaabbbbc")
        self.refused("NoSuchUpload", self.s3.abort_multipart_upload, **upload)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket="data"))

    def test_an_object_left_in_a_directory_is_there_again(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            sys.path.insert(0, str(SERVER.parent))
            from s3.buckets import Buckets
            Buckets({}, folder).store("b", "x/y", b"z", '"e"', 0)
            self.assertEqual(Buckets({}, folder).buckets["b"].objects["x/y"].body, b"z")


class Refuses(AgainstServer):
    def test_signatures(self):
        self.refused("SignatureDoesNotMatch", self.client(secret="wrong").list_objects_v2)
        self.refused("InvalidAccessKeyId", self.client(key="AKNOBODY").list_objects_v2)
        self.refused("InvalidToken", self.client("AKTEMP", "temp-secret", "other").list_objects_v2)
        self.client("AKTEMP", "temp-secret", "temp-token").list_objects_v2(Bucket="data")
        self.control("POST", "config", {"expired_tokens": ["temp-token"]})
        self.refused("ExpiredToken", self.client("AKTEMP", "temp-secret", "temp-token").list_objects_v2)

    def test_the_time(self):
        self.control("POST", "config", {"clock_offset_s": 1200})
        answer = self.refused("RequestTimeTooSkewed", self.s3.list_objects_v2)
        self.assertIn("date", answer["ResponseMetadata"]["HTTPHeaders"])

    def test_a_wrong_region(self):
        for signal, status in (("400", 400), ("301", 301)):  # botocore follows either signal, and only once
            self.control("POST", "reset")
            self.control("POST", "config", {"region_signal": signal, "region": "us-west-1"})
            self.client(region="eu-west-3").list_objects_v2(Bucket="data")
            answers = [row["status"] for row in self.control("GET", "log")]
            self.assertEqual((answers[0], answers[-1]), (status, 200))
        answer = self.raw("HEAD", "/data")
        self.assertEqual((answer.status, answer.getheader("x-amz-bucket-region")), (403, "us-west-1"))

    def test_what_our_client_must_never_send(self):
        sys.path.insert(0, str(SERVER.parent))
        from s3 import signature
        from s3.answers import Request, S3Error

        def code_of(*headers, body=b""):
            try:
                signature.check_payload(Request("PUT", "/", "", list(headers), body))
            except S3Error as error:
                return error.code
            return None

        digest = "x-amz-content-sha256"
        self.assertEqual(code_of(), "InvalidRequest")
        self.assertEqual(code_of((digest, "UNSIGNED-PAYLOAD")), "InvalidRequest")
        self.assertEqual(code_of((digest, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")), "NotImplemented")
        self.assertEqual(code_of((digest, "0" * 64)), "XAmzContentSHA256Mismatch")
        with self.assertRaises(S3Error):
            signature.check_signed_names(Request("GET", "/", "", [("x-amz-acl", "x"), ("host", "h")], b""), ["host"])

    def test_rights(self):
        self.s3.put_object(Bucket="data", Key="k", Body=b"v")
        reader, pusher = self.client("AKREADER", "reader-secret"), self.client("AKPUSHER", "pusher-secret")
        self.assertEqual(reader.get_object(Bucket="data", Key="k")["Body"].read(), b"v")
        self.refused("AccessDenied", reader.get_object, Key="absent")
        self.refused("AccessDenied", reader.list_objects_v2)
        self.refused("AccessDenied", reader.put_object, Key="k")
        pusher.put_object(Bucket="data", Key="k2", Body=b"v")
        pusher.list_objects_v2(Bucket="data")
        self.refused("AccessDenied", pusher.delete_object, Key="k")
        self.assertEqual(self.raw("GET", "/data/k").status, 403)

    def test_conditions(self):
        def put(condition):
            self.s3.meta.events.register("before-sign.s3.PutObject", condition)
            try:
                self.s3.put_object(Bucket="data", Key="c", Body=b"x")
                return 200
            except ClientError as error:
                return error.response["ResponseMetadata"]["HTTPStatusCode"]
            finally:
                self.s3.meta.events.unregister("before-sign.s3.PutObject", condition)

        def only_new(request, **_):
            request.headers["If-None-Match"] = "*"

        self.assertEqual([put(only_new), put(only_new)], [200, 412])
        self.control("POST", "config", {"conditional": "refused"})
        self.assertEqual(put(only_new), 501)
        self.control("POST", "config", {"conditional": "ignored"})
        self.assertEqual(put(only_new), 200)


class Breaks(AgainstServer):
    def setUp(self):
        super().setUp()
        self.s3.put_object(Bucket="data", Key="k", Body=b"0123456789")
        self.s3.put_object(Bucket="data", Key="other", Body=b"abcdefghij")
        self.control("POST", "reset")

    def test_errors_come_as_often_as_asked_and_are_counted(self):
        self.fault("status", status=503, code="SlowDown", times=2, skip=1, match={"operation": "get_object"})
        self.assertEqual(self.get("k"), b"0123456789")
        self.refused("SlowDown", self.s3.get_object, Key="k")
        self.refused("SlowDown", self.s3.get_object, Key="k")
        self.assertEqual(self.get("k"), b"0123456789")
        self.assertEqual(self.control("GET", "counts"), {"requests": 4, "get_object": 4, "200": 2, "503": 2})

    def test_lost_answers_and_resets(self):
        self.fault("lost", match={"method": "PUT"})
        with self.assertRaises(HTTPClientError):
            self.s3.put_object(Bucket="data", Key="landed", Body=b"")
        self.fault("reset", match={"method": "PUT"})
        with self.assertRaises(HTTPClientError):
            self.s3.put_object(Bucket="data", Key="not", Body=b"")
        self.fault("status_after", match={"method": "PUT"})
        self.refused("InternalError", self.s3.put_object, Key="landed2", Body=b"")
        self.assertEqual(list(self.control("GET", "objects/data")), ["k", "landed", "landed2", "other"])

    def test_bodies(self):
        self.fault("corrupt", at=1)
        self.assertEqual(self.get("k"), b"0023456789")
        self.fault("swap", key="other")
        self.assertEqual(self.get("k"), b"abcdefghij")
        self.fault("replaced")
        self.assertEqual(self.get("k", Range="bytes=0-1"), b"01")
        self.assertEqual(self.get("k", Range="bytes=2-3"), b"34")
        for kind in ("truncate", "reset_at"):
            self.fault(kind, bytes=3)
            with self.assertRaises(Exception):
                self.get("other")
        self.fault("extra", bytes=3)
        self.assertEqual(self.get("other"), b"abcdefghij")

    def test_ranges(self):
        def ask(kind):
            self.fault(kind)
            answer = self.s3.get_object(Bucket="data", Key="k", Range="bytes=2-4")
            return answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("ContentRange"), answer["Body"].read()

        self.assertEqual(ask("range_ignored"), (200, None, b"0123456789"))
        self.assertEqual(ask("range_wrong"), (206, "bytes 3-5/10", b"234"))
        self.assertEqual(ask("range_shifted"), (206, "bytes 3-5/10", b"345"))
        self.assertEqual(ask("range_total"), (206, "bytes 2-4/11", b"234"))

    def signed_get(self, path, query=""):
        """An answer as it comes, for what botocore would not let pass."""
        self.control("POST", "config", {"anonymous": True})
        return self.raw("GET", path + query)

    def test_answers_of_proxies(self):
        self.fault("status", status=502, body="html")
        self.assertIn(b"<html>", self.signed_get("/data/k").body)
        self.fault("status", status=500, body="huge")
        self.assertGreater(len(self.signed_get("/data/k").body), 4 << 20)
        self.fault("status", status=307, headers={"Location": "http://127.0.0.2/"}, code="TemporaryRedirect")
        self.assertEqual(self.signed_get("/data/k").getheader("Location"), "http://127.0.0.2/")
        self.fault("gzip")
        self.assertEqual(self.signed_get("/data/k").getheader("Content-Encoding"), "gzip")
        self.fault("error_200", code="InternalError")
        self.assertIn(b"InternalError", self.signed_get("/data/k").body)

    def test_listings(self):
        def keys(kind, **more):
            self.fault(kind, **more)
            text = self.signed_get("/data", "?list-type=2").body.decode()
            return re.findall("<Key>(.*?)</Key>", text, re.DOTALL), "<IsTruncated>true" in text

        self.assertEqual(keys("list_loop"), (["k", "other"], True))
        self.assertEqual(keys("list_unsorted"), (["other", "k"], False))
        self.assertEqual(keys("list_keys", keys=["../x", "a\nb"])[0], ["k", "other", "../x", "a\nb"])
        self.control("POST", "config", {"list_v2": False})
        self.assertEqual(self.signed_get("/data", "?list-type=2").status, 501)

    def test_answers_that_do_not_end(self):
        for kind in ("stall", "endless_header", "stall_at"):
            self.fault(kind)
            self.control("POST", "config", {"anonymous": True})
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.3) as connection:
                connection.sendall(b"GET /data/k HTTP/1.1\r\nHost: h\r\n\r\n")
                received = b""
                try:
                    while len(received) < 100_000:
                        received += connection.recv(65536)
                except TimeoutError:
                    pass
            self.assertNotIn(b"9", received.rpartition(b"\r\n\r\n")[2], kind)

    def test_an_unknown_fault_is_told(self):
        self.assertEqual(self.raw("POST", "/_control/fault", b'{"kind": "typo"}').status, 400)


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # botocore leaves its sockets to the collector
