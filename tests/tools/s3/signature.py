"""Checks Signature Version 4, written from AWS's page "Authenticating Requests: Using the Authorization Header".

A second implementation on purpose: it shares nothing with remotes/s3/sigv4.cpp, so that no mistake hides in both.
"""

import calendar
import hashlib
import hmac
import re
import time
from urllib.parse import unquote_to_bytes

from .answers import S3Error

SKEW_S = 15 * 60
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+(?:/[^/]+)*)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})")


def uri_encode(octets, keep_slash):
    safe = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + (b"/" if keep_slash else b"")
    return "".join(chr(b) if b in safe else f"%{b:02X}" for b in octets)


def canonical_query(raw_query, leave_out=None):
    pairs = []
    for part in raw_query.split("&") if raw_query else []:
        name, _, value = part.partition("=")
        pairs.append((uri_encode(unquote_to_bytes(name), False), uri_encode(unquote_to_bytes(value), False)))
    return "&".join(f"{n}={v}" for n, v in sorted(p for p in pairs if p[0] != leave_out))


def canonical_request(request, names, payload, leave_out=None):
    lines = [request.method, uri_encode(unquote_to_bytes(request.raw_path), True), canonical_query(request.raw_query, leave_out)]
    for name in names:
        values = [" ".join(v.split()) for n, v in request.headers if n == name]
        lines.append(f"{name}:{','.join(values)}")
    return "\n".join([*lines, "", ";".join(names), payload])


def sign(secret, date, region, service, stamp, canonical):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{date}/{region}/{service}/aws4_request\n{digest}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def seconds_of(stamp):
    try:
        return calendar.timegm(time.strptime(stamp or "", "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise S3Error(403, "AccessDenied", "x-amz-date is missing or malformed") from None


def check_payload(request):
    """The literal SHA-256 of the body and nothing else: no aws-chunked, no unsigned payload."""
    payload = request.header("x-amz-content-sha256")
    if payload is None:
        raise S3Error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if payload.startswith("STREAMING") or "aws-chunked" in (request.header("content-encoding") or ""):
        raise S3Error(501, "NotImplemented", "aws-chunked is not accepted here")
    if not re.fullmatch("[0-9a-f]{64}", payload):
        raise S3Error(400, "InvalidRequest", "x-amz-content-sha256 must be the SHA-256 of the payload")
    if hashlib.sha256(request.body).hexdigest() != payload:
        raise S3Error(400, "XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 does not match what was computed")
    return payload


def check_signed_names(request, names):
    if names != sorted(set(names)) or "host" not in names:
        raise S3Error(403, "AccessDenied", "SignedHeaders must be sorted, without repeats, and name host")
    for name in {n for n, _ in request.headers}:
        if (name.startswith("x-amz-") or name == "content-type") and name not in names:
            raise S3Error(403, "AccessDenied", f"There were headers present in the request which were not signed: {name}")


def check_token(request, config, identity, token):
    if token in config["expired_tokens"]:
        raise S3Error(400, "ExpiredToken", "The provided token has expired.")
    if (token or "") != identity.get("token", ""):
        raise S3Error(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")


def check_region(config, region):
    right = config["region_text"] or config["region"]
    if region == config["region"]:
        return
    if config["region_signal"] == "301":
        raise S3Error(301, "PermanentRedirect", "The bucket must be addressed at another endpoint.",
                      {"x-amz-bucket-region": right}, Endpoint="elsewhere.invalid")
    headers = {} if config["region_signal"] == "400-quiet" else {"x-amz-bucket-region": right}
    raise S3Error(400, "AuthorizationHeaderMalformed", f"the region '{region}' is wrong; expecting '{right}'", headers, Region=right)


def check(request, config, now_s):
    """Role of the signer; raises what AWS answers otherwise. Header and query authentication."""
    presigned = "X-Amz-Signature" in request.query
    if presigned:
        query, payload, leave_out = request.query, "UNSIGNED-PAYLOAD", "X-Amz-Signature"
        text = (f"AWS4-HMAC-SHA256 Credential={query.get('X-Amz-Credential')}, SignedHeaders={query.get('X-Amz-SignedHeaders')}, "
                f"Signature={query.get('X-Amz-Signature')}")
        stamp, token, life_s = query.get("X-Amz-Date"), query.get("X-Amz-Security-Token"), int(query.get("X-Amz-Expires", "0"))
    else:
        text, stamp = request.header("authorization", ""), request.header("x-amz-date")
        token, life_s, leave_out = request.header("x-amz-security-token"), SKEW_S, None
    match = AUTHORIZATION.fullmatch(text)
    if not match:
        raise S3Error(400, "AuthorizationHeaderMalformed", "The authorization header is malformed")
    key_id, date, region, service, names, signature = match.groups()
    names = names.split(";")
    identity = config["identities"].get(key_id)
    if identity is None:
        raise S3Error(403, "InvalidAccessKeyId", "The access key id does not exist in our records.", AWSAccessKeyId=key_id)
    at_s = seconds_of(stamp)
    if at_s > now_s + SKEW_S or at_s + life_s < now_s:
        if presigned:
            raise S3Error(403, "AccessDenied", "Request has expired")
        raise S3Error(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")
    check_region(config, region)
    if service != "s3" or date != stamp[:8]:
        raise S3Error(400, "AuthorizationHeaderMalformed", "the date or the service of the scope is wrong")
    check_signed_names(request, names)
    if not presigned:
        payload = check_payload(request)
    expected = sign(identity["secret"], date, region, service, stamp, canonical_request(request, names, payload, leave_out))
    if not hmac.compare_digest(expected, signature):
        raise S3Error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
    check_token(request, config, identity, token)
    return identity["role"]
