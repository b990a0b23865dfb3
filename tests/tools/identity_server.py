#!/usr/bin/env python3
"""The two services that a CI job without keys asks, on one port of this machine: the job's token service, as GitHub's runner names it, and
STS's AssumeRoleWithWebIdentity.

  identity_server.py --bearer TEXT --token PREFIX --role ARN --keys ID:SECRET[:SESSION]...

Each token (PREFIX-1, PREFIX-2, …) is good for one role call, whose answer is the next of the keys. A request that is not exactly as the
services document it is refused. GET /_log answers the requests so far, without headers; POST /_redirect makes the token service redirect.
"""

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>{}</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log, issued, redirects = [], [], []

    def reply(self, status, text, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text.encode())), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/_log":
            return self.reply(200, json.dumps(self.log))
        self.log.append(["GET", self.path])
        if self.redirects:
            return self.reply(307, "", Location="/elsewhere")
        if url.path != "/job/7/token" or parse_qs(url.query) != {"api-version": ["2.0"], "audience": ["sts.amazonaws.com"]}:
            return self.reply(404, "{}")
        if self.headers["Authorization"] != f"Bearer {self.server.options.bearer}":
            return self.reply(401, "{}")
        self.issued.append(f"{self.server.options.token}-{len(self.log)}")
        return self.reply(200, json.dumps({"count": len(self.issued[-1]), "value": self.issued[-1]}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/_redirect":
            self.redirects.append(True)
            return self.reply(200, "{}")
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.log.append(["POST", form.get("Action", "")])
        good = (form.get("Action") == "AssumeRoleWithWebIdentity" and form.get("Version") == "2011-06-15" and form.get("RoleSessionName")
                and form.get("RoleArn") == self.server.options.role and self.headers["Authorization"] is None)
        if not good or form.get("WebIdentityToken") not in self.issued or not self.server.options.keys:
            return self.reply(400, f"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>{body}</Message></Error></ErrorResponse>")
        self.issued.remove(form["WebIdentityToken"])
        key_id, secret, *session = self.server.options.keys.pop(0).split(":")
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        return self.reply(200, ANSWER.format(key_id, secret, session[0] if session else "none", until))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("bearer", "token", "role"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--keys", nargs="+", required=True)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.options = parser.parse_args()
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
