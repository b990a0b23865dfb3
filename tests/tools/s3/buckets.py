"""Buckets in memory, optionally kept in a directory, and the operations of S3 on them."""

import base64
import hashlib
import mmap
import os
import re
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import quote, unquote

from .answers import NAMESPACE, Answer, S3Error, document


@dataclass
class Object:
    body: bytes
    etag: str
    modified_s: float
    headers: dict = field(default_factory=dict)


@dataclass
class Upload:
    key: str
    started_s: float
    headers: dict
    parts: dict = field(default_factory=dict)  # number -> (etag, bytes)


@dataclass
class Bucket:
    objects: dict = field(default_factory=dict)
    uploads: dict = field(default_factory=dict)


def mapped(path):
    """The bytes of a file, in memory only while they are read."""
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        return memoryview(mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ)) if size else b""


def md5(body):
    return hashlib.md5(body).hexdigest()


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


class Buckets:
    def __init__(self, config, directory=None):
        self.config, self.directory, self.buckets, self.uploads_made = config, directory, {}, 0
        for name in sorted(os.listdir(directory)) if directory else []:
            bucket = self.buckets[name] = Bucket()
            for file in os.listdir(os.path.join(directory, name)):
                body = mapped(os.path.join(directory, name, file))
                bucket.objects[unquote(file)] = Object(body, f'"{md5(body)}"', 0)

    # ---- objects ----------------------------------------------------------------------------------------------------
    def store(self, name, key, body, etag, now_s, headers=None):
        objects = self.buckets.setdefault(name, Bucket()).objects
        objects[key] = Object(body, etag, now_s, headers or {})
        if self.directory:
            os.makedirs(os.path.join(self.directory, name), exist_ok=True)
            path = os.path.join(self.directory, name, quote(key, safe=""))
            with open(path + ".new", "wb") as stream:
                stream.write(body)
            os.replace(path + ".new", path)
            objects[key].body = mapped(path)

    def drop(self, name, key):
        if self.buckets[name].objects.pop(key, None) is not None and self.directory:
            os.unlink(os.path.join(self.directory, name, quote(key, safe="")))

    def bucket(self, request):
        if request.bucket not in self.buckets:
            raise S3Error(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=request.bucket)
        return self.buckets[request.bucket]

    def get_object(self, request, now_s):
        found = self.bucket(request).objects.get(request.key)
        if found is None:
            if request.identity == "reader":  # without the right to list, absence is not told
                raise S3Error(403, "AccessDenied", "Access Denied")
            raise S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=request.key)
        if request.header("if-match") not in (None, "*", found.etag):
            raise S3Error(412, "PreconditionFailed", Condition="If-Match")
        if request.method == "GET" and found.headers.get("x-amz-storage-class") in self.config["archive"]:
            raise S3Error(403, "InvalidObjectState", "The operation is not valid for the object's storage class")
        headers = {"ETag": found.etag, "Last-Modified": formatdate(found.modified_s, usegmt=True), "Accept-Ranges": "bytes",
                   "Content-Type": "binary/octet-stream", **found.headers}
        if request.header("if-none-match") in ("*", found.etag):
            return Answer(304, headers)
        return self.slice_of(found, request.header("range"), headers)

    @staticmethod
    def slice_of(found, text, headers):
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", text or "")
        if not match or not (match[1] or match[2]):
            return Answer(200, headers, found.body)
        size = len(found.body)
        first = int(match[1]) if match[1] else max(0, size - int(match[2]))
        last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
        if first >= size or first > last:
            raise S3Error(416, "InvalidRange", headers={"Content-Range": f"bytes */{size}"}, ActualObjectSize=size)
        return Answer(206, {**headers, "Content-Range": f"bytes {first}-{last}/{size}"}, found.body[first:last + 1])

    def check_conditions(self, request, bucket):
        condition, etag = request.header("if-none-match"), request.header("if-match")
        if condition is None and etag is None or self.config["conditional"] == "ignored":
            return
        if self.config["conditional"] == "refused" or condition not in (None, "*"):
            raise S3Error(501, "NotImplemented", "A header you provided implies functionality that is not implemented")
        found = bucket.objects.get(request.key)
        if condition and found:
            raise S3Error(412, "PreconditionFailed", Condition="If-None-Match")
        if etag and not found:
            raise S3Error(404, "NoSuchKey", Key=request.key)
        if etag and etag != found.etag:
            raise S3Error(412, "PreconditionFailed", Condition="If-Match")

    @staticmethod
    def kept_headers(request):
        return {n: v for n, v in request.headers if n.startswith("x-amz-meta-") or n == "x-amz-storage-class"}

    @staticmethod
    def check_md5(request, required=False):
        text = request.header("content-md5")
        if text is None:
            if required and not any(n.startswith("x-amz-checksum-") for n, _ in request.headers):
                raise S3Error(400, "InvalidRequest", "Missing required header for this request: Content-MD5")
        elif base64.b64encode(hashlib.md5(request.body).digest()).decode() != text:
            raise S3Error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")

    def put_object(self, request, now_s):
        bucket = self.bucket(request)
        self.check_md5(request)
        self.check_conditions(request, bucket)
        etag = f'"{md5(request.body)}"'
        self.store(request.bucket, request.key, request.body, etag, now_s, self.kept_headers(request))
        return Answer(200, {"ETag": etag})

    def delete_object(self, request, now_s):
        self.bucket(request)
        self.drop(request.bucket, request.key)
        return Answer(204)

    def delete_objects(self, request, now_s):
        self.bucket(request)
        self.check_md5(request, required=True)
        try:
            root = ElementTree.fromstring(request.body)
        except ElementTree.ParseError:
            raise S3Error(400, "MalformedXML") from None
        keys = [e.text or "" for e in root.iter() if e.tag.endswith("Key")]
        if len(keys) > 1000:
            raise S3Error(400, "MalformedXML")
        refused = [k for k in keys if re.search(self.config["delete_refused"] or r"(?!)", k)]
        for key in set(keys) - set(refused):
            self.drop(request.bucket, key)
        quiet = any(e.tag.endswith("Quiet") and e.text == "true" for e in root.iter())
        return document("DeleteResult", {"Deleted": [] if quiet else [{"Key": k} for k in keys if k not in refused],
                                         "Error": [{"Key": k, "Code": "AccessDenied", "Message": "Access Denied"} for k in refused]})

    # ---- listing ----------------------------------------------------------------------------------------------------
    def list_objects(self, request, now_s):
        bucket, query = self.bucket(request), request.query
        v2 = query.get("list-type") == "2"
        if v2 and not self.config["list_v2"]:
            raise S3Error(501, "NotImplemented", "list-type=2 is not implemented")
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        start = (query.get("continuation-token") or query.get("start-after", "")) if v2 else query.get("marker", "")
        limit = min(int(query.get("max-keys", "1000")), self.config["page_size"])
        rows, truncated = self.page(sorted(bucket.objects, key=lambda k: k.encode()), prefix, delimiter, start, limit)
        url_encoded = query.get("encoding-type") == "url"
        shown = (lambda text: quote(text, safe="/")) if url_encoded else (lambda text: text)
        fields = {"Name": request.bucket, "Prefix": shown(prefix), "MaxKeys": limit, "IsTruncated": truncated}
        if v2:
            fields["KeyCount"] = len(rows)
        if truncated and (v2 or delimiter):
            fields["NextContinuationToken" if v2 else "NextMarker"] = rows[-1][0] if v2 else shown(rows[-1][0])
        if url_encoded:
            fields["EncodingType"] = "url"
        fields["Contents"] = [self.row(shown(name), bucket.objects[name]) for name, is_key in rows if is_key]
        fields["CommonPrefixes"] = [{"Prefix": shown(name)} for name, is_key in rows if not is_key]
        return document("ListBucketResult", fields)

    @staticmethod
    def row(name, found):
        return {"Key": name, "LastModified": iso(found.modified_s), "ETag": found.etag, "Size": len(found.body),
                "StorageClass": found.headers.get("x-amz-storage-class", "STANDARD")}

    @staticmethod
    def page(keys, prefix, delimiter, start, limit):
        """Rows (name, is a key) after `start`, and whether more follow."""
        rows = []
        for key in keys:
            if not key.startswith(prefix) or key.encode() <= start.encode() or (rows and not rows[-1][1] and key.startswith(rows[-1][0])):
                continue
            cut = key.find(delimiter, len(prefix)) if delimiter else -1
            name = key if cut < 0 else key[:cut + len(delimiter)]
            if cut >= 0 and start.startswith(name):
                continue
            if len(rows) == limit:
                return rows, limit > 0
            rows.append((name, cut < 0))
        return rows, False

    # ---- multipart --------------------------------------------------------------------------------------------------
    def upload(self, request):
        found = self.bucket(request).uploads.get(request.query["uploadId"])
        if found is None or found.key != request.key:
            raise S3Error(404, "NoSuchUpload", "The specified upload does not exist.")
        return found

    def create_upload(self, request, now_s):
        self.uploads_made += 1
        name = f"upload-{self.uploads_made:06}"
        self.bucket(request).uploads[name] = Upload(request.key, now_s, self.kept_headers(request))
        return document("InitiateMultipartUploadResult", {"Bucket": request.bucket, "Key": request.key, "UploadId": name})

    def upload_part(self, request, now_s):
        number = int(request.query["partNumber"])
        if not 1 <= number <= 10_000:
            raise S3Error(400, "InvalidArgument", "Part number must be between 1 and 10000")
        self.check_md5(request)
        etag = f'"{md5(request.body)}"'
        self.upload(request).parts[number] = (etag, request.body)
        return Answer(200, {"ETag": etag})

    def complete_upload(self, request, now_s):
        upload, bucket = self.upload(request), self.bucket(request)
        self.check_conditions(request, bucket)
        try:
            asked = [[next((c.text or "" for c in p if c.tag.endswith(n)), "") for n in ("PartNumber", "ETag")]
                     for p in ElementTree.fromstring(request.body) if p.tag.endswith("Part")]
            asked = [(int(number), etag.strip('"')) for number, etag in asked]
        except (ElementTree.ParseError, ValueError):
            raise S3Error(400, "MalformedXML") from None
        if not asked:
            raise S3Error(400, "MalformedXML")
        numbers = [n for n, _ in asked]
        if numbers != sorted(set(numbers)):
            raise S3Error(400, "InvalidPartOrder")
        if any(n not in upload.parts or upload.parts[n][0].strip('"') != etag for n, etag in asked):
            raise S3Error(400, "InvalidPart")
        bodies = [upload.parts[n][1] for n in numbers]
        if any(len(b) < self.config["min_part_bytes"] for b in bodies[:-1]):
            raise S3Error(400, "EntityTooSmall")
        etag = f'"{md5(b"".join(hashlib.md5(b).digest() for b in bodies))}-{len(bodies)}"'
        self.store(request.bucket, request.key, b"".join(bodies), etag, now_s, upload.headers)
        del bucket.uploads[request.query["uploadId"]]
        return document("CompleteMultipartUploadResult", {"Bucket": request.bucket, "Key": request.key, "ETag": etag})

    def abort_upload(self, request, now_s):
        self.upload(request)
        del self.bucket(request).uploads[request.query["uploadId"]]
        return Answer(204)

    def list_parts(self, request, now_s):
        upload, query = self.upload(request), request.query
        limit = min(int(query.get("max-parts", "1000")), self.config["page_size"])
        numbers = [n for n in sorted(upload.parts) if n > int(query.get("part-number-marker", "0"))]
        shown = numbers[:limit]
        parts = [{"PartNumber": n, "ETag": upload.parts[n][0], "Size": len(upload.parts[n][1]), "LastModified": iso(now_s)} for n in shown]
        return document("ListPartsResult", {"Bucket": request.bucket, "Key": request.key, "UploadId": query["uploadId"],
                                            "IsTruncated": len(numbers) > limit, "NextPartNumberMarker": shown[-1] if shown else 0, "Part": parts})

    def list_uploads(self, request, now_s):
        uploads = sorted((u.key, name) for name, u in self.bucket(request).uploads.items())
        mark = (request.query.get("key-marker", ""), request.query.get("upload-id-marker", "~"))
        rows = [r for r in uploads if r[0].startswith(request.query.get("prefix", "")) and r > mark]
        limit = min(int(request.query.get("max-uploads", "1000")), self.config["page_size"])
        shown = rows[:limit]
        fields = {"Bucket": request.bucket, "IsTruncated": len(rows) > limit}
        if shown:
            fields.update(NextKeyMarker=shown[-1][0], NextUploadIdMarker=shown[-1][1])
        started = self.bucket(request).uploads
        fields["Upload"] = [{"Key": k, "UploadId": n, "Initiated": iso(started[n].started_s)} for k, n in shown]
        return document("ListMultipartUploadsResult", fields)

    # ---- buckets ----------------------------------------------------------------------------------------------------
    def create_bucket(self, request, now_s):
        self.buckets.setdefault(request.bucket, Bucket())
        return Answer(200)

    def head_bucket(self, request, now_s):
        self.bucket(request)
        return Answer(200, {"x-amz-bucket-region": self.config["region"]})

    def get_location(self, request, now_s):
        self.bucket(request)
        region = self.config["region"] if self.config["region"] != "us-east-1" else ""
        return Answer(200, {"Content-Type": "application/xml"}, f'<LocationConstraint xmlns="{NAMESPACE}">{region}</LocationConstraint>'.encode())

    def delete_bucket(self, request, now_s):
        if self.bucket(request).objects:
            raise S3Error(409, "BucketNotEmpty")
        del self.buckets[request.bucket]
        return Answer(204)
