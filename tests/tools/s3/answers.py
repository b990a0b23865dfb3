"""Requests and answers as values, and the XML of errors."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class Request:
    method: str
    raw_path: str  # as it came, encoded
    raw_query: str
    headers: list  # (name in lower case, value), in order
    body: bytes
    bucket: str = ""
    key: str = ""  # decoded
    query: dict = field(default_factory=dict)  # decoded, the last of each name
    identity: str = ""  # role of the signer

    def header(self, name, default=None):
        values = [v for n, v in self.headers if n == name]
        return values[0] if values else default


@dataclass
class Answer:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""


class S3Error(Exception):
    """An answer with an Error document; `fields` are further elements of it."""

    def __init__(self, status, code, message="", headers=None, **fields):
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}
        self.fields = {"Message": message or code, **fields}

    def answer(self):
        return Answer(self.status, {"Content-Type": "application/xml", **self.headers}, error_document(self.code, self.fields))


def element(name, value):
    if isinstance(value, list):
        return "".join(element(name, v) for v in value)
    if isinstance(value, dict):
        return f"<{name}>" + "".join(element(n, v) for n, v in value.items()) + f"</{name}>"
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f"<{name}>{escape(str(value))}</{name}>"


def error_document(code, fields):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + element("Error", {"Code": code, **fields})).encode()


def document(name, fields):
    inner = "".join(element(n, v) for n, v in fields.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">{inner}</{name}>'
    return Answer(200, {"Content-Type": "application/xml"}, text.encode())
