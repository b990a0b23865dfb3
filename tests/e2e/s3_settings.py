"""What settings of a bucket do, seen in the server's log: headers of each kind of object, plain http by host; and what `remote check` and
`--trace http` say of it."""

import hashlib
import os
import random
import re
import sys

from lib_s3 import BUCKET, HERE, World, check, run_steps

sys.path.insert(0, os.path.join(HERE, "..", "tools"))
from s3 import signature  # noqa: E402
from s3.answers import Request  # noqa: E402

FILES = {"model.bin": random.Random(8).randbytes(400_000), **{f"set/{i}.txt": f"row {i}\n".encode() * (i + 1) for i in range(30)}}


class Scene:
    def __init__(self):
        self.world, self.number = World(), 0
        self.server = self.world.server()
        self.world.repository("shop", FILES)

    def shop(self, *more, remote=True):
        """A repository of FILES with a remote of its own prefix; that prefix too."""
        self.number += 1
        name = f"shop{self.number}"
        self.world.copy("shop", name)
        if remote:
            self.world.remote(name, self.server, name, *more)
        return name

    def checked(self, name, code=0, **environment):
        """What `remote check` says, a line for each step."""
        run = self.world.cairn(name, "remote", "check", "prod", **environment)
        check(run.code == code, f"exit {run.code} instead of {code}\n{run.text}")
        return dict(line.split(": ", 1) for line in run.text.splitlines())


def headers_of(row):
    return dict(map(tuple, row["headers"]))


def conditions_are_told_truly(scene):
    for setting, said in (("honoured", "ok (honoured)"), ("ignored", "ok (ignored)"), ("refused", "ok (refused: cairn looks before it writes)")):
        name = scene.shop()
        scene.server.config(conditional=setting)
        check(scene.checked(name)["conditional write"] == said, f"{setting}: {scene.checked(name)}")
    scene.world.git(name, "config", "cairn-remote.prod.conditional-put", "false")
    check(scene.checked(name)["conditional write"].startswith("ok (not sent"), f"{scene.checked(name)}")


def clocks_are_measured(scene):
    """From any answer, long before requests are refused for it; and what is signed then."""
    name = scene.shop()
    check(scene.checked(name)["clock"] == "as this machine's", str(scene.checked(name)))
    for offset_s, how in ((600, ""), (-600, ""), (1200, ": signed by it")):
        scene.server.config(clock_offset_s=offset_s)
        said = scene.checked(name)["clock"]
        match = re.fullmatch(r"([+-]\d+) s against this machine's(.*)", said)
        check(match and abs(int(match[1]) - offset_s) <= 3 and match[2] == how, f"{offset_s} s: {said}")


def one_line_for_what_fails_everything(scene):
    """No bucket, no server, the wrong keys: one failed step with what to do, and no request after it that would fail alike."""
    name = scene.shop()
    scene.world.ok(name, "remote", "set", "prod", "s3://absent-bucket/x")
    said = scene.checked(name, 3)
    check([step for step, how in said.items() if how.startswith("FAILED")] == ["list"], str(said))
    check("NoSuchBucket" in said["list"] and "create the bucket" in said["list"], str(said))
    check(len(scene.server.log()) == 2, f"{len(scene.server.log())} requests")

    name = scene.shop()
    said = scene.checked(name, 3, AWS_SECRET_ACCESS_KEY="wrong")
    check([step for step, how in said.items() if how.startswith("FAILED")] == ["list"] and "AWS_SECRET_ACCESS_KEY" in said["list"], str(said))

    scene.server.fresh()
    scene.server.fault("reset", times=-1)
    said = scene.checked(scene.shop(), 3)
    check(list(said) == ["clock"] and said["clock"].startswith("FAILED"), str(said))
    check(len(scene.server.log()) == 8, f"{len(scene.server.log())} requests instead of one and its retries")
    check({row["operation"] for row in scene.server.log()} == {"head_bucket"}, "other steps were tried")

    scene.server.fresh()
    scene.server.fault("reset", {"operation": "get_object", "key": "probe"}, times=-1)
    name = scene.shop()
    said = scene.checked(name, 3)
    check([step for step, how in said.items() if how.startswith("FAILED")] == ["read"], str(said))
    check(not scene.server.objects(f"{name}/"), f"the probe stays: {scene.server.objects(f'{name}/')}")


def a_probe_that_must_stay_is_empty(scene):
    """Who may write and not delete is told what stays, which holds no bytes."""
    name = scene.shop()
    said = scene.checked(name, 3, **scene.world.identity("pusher"))
    check([step for step, how in said.items() if how.startswith("FAILED")] == ["delete"], str(said))
    left = scene.server.objects(f"{name}/")
    check(list(left.values()) == [hashlib.sha256(b"").hexdigest()], f"left behind: {left}")
    check(all(f"`{key.split('/', 1)[1]}` stays, emptied" in said["delete"] for key in left), str(said))

    name = scene.shop()
    said = scene.checked(name, 3, **scene.world.identity("reader"))
    check("stays" not in said.get("delete", "") and not scene.server.objects(f"{name}/"), f"a reader left nothing: {said}")


def listings_are_not_guessed(scene):
    """Names come URL-encoded only where that is asked for, which cairn never does: a store that does it all the same is not believed."""
    name = scene.shop()
    scene.world.ok(name, "push")
    check(not any("encoding-type" in row["query"] for row in scene.server.log()), "encoded names are asked for")
    scene.server.fault("list_encoded", {"operation": "list_objects"}, times=-1)
    check("nobody asked for" in scene.checked(name, 3)["list"], str(scene.checked(name, 3)))


def colder_classes_are_for_data(scene):
    """Packs of data go where they are told; all that a push or a pull reads by itself stays at hand, so a push to an archive works."""
    scene.server.config(archive=["GLACIER"])
    name = scene.shop("--storage-class", "GLACIER")
    scene.world.ok(name, "push")
    classes = {row["path"].split("/", 2)[2]: headers_of(row).get("x-amz-storage-class") for row in scene.server.log(operation="put_object")}
    cold = {key for key, kind in classes.items() if kind == "GLACIER"}
    check(cold and all("/packs/" in key for key in cold), f"in the archive: {cold}")
    check(len([key for key in classes if "/packs/" in key]) > len(cold), f"no pack of lists stays at hand: {classes}")
    check(set(classes.values()) == {None, "GLACIER"}, str(classes))
    scene.world.clone("shop", f"{name}-reader", scene.server, name)
    scene.world.fails(6, f"{name}-reader", "pull", says=["archive class", "restore"])
    scene.world.check_empty(f"{name}-reader", FILES)
    scene.server.config(archive=[])
    scene.world.ok(f"{name}-reader", "pull")
    scene.world.check_files(f"{name}-reader", FILES)


def encryption_and_owner_are_sent(scene):
    """Encryption with each object that is written and with nothing else, the owner with each request; all of it signed (the server checks)."""
    sse, key, owner = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-expected-bucket-owner"
    for options, wanted in ((["--sse", "AES256"], {sse: "AES256"}), (["--sse", "aws:kms", "--kms-key", "arn:aws:kms:x:1:key/7"], {sse: "aws:kms", key: "arn:aws:kms:x:1:key/7"}),
                            (["--bucket-owner", "123456789012"], {})):
        scene.server.fresh()
        name = scene.shop(*options)
        scene.world.ok(name, "push")
        rows = scene.server.log()
        check(any(row["operation"] == "put_object" for row in rows), "nothing was written")
        for row in rows:
            got = {n: v for n, v in headers_of(row).items() if n in (sse, key)}
            check(got == (wanted if row["operation"] == "put_object" else {}), f"{row['operation']} with {got}")
            check(headers_of(row).get(owner) == ("123456789012" if "--bucket-owner" in options else None), f"{row['operation']}: {headers_of(row)}")


def plain_http_is_allowed_by_host(scene):
    """Of a machine that is not this one (by a proxy): allowed for the host that was typed, told once, and not for where a commit moves it."""
    world, proxy = scene.world, {"https_proxy": scene.server.endpoint}
    name = scene.shop(remote=False)
    place = ["remote", "add", "prod", f"s3://{BUCKET}/{name}", "--endpoint", "http://store.example:9000"]
    world.ok(name, *place)
    world.fails(13, name, "push", says=["http://store.example:9000", "help plain-http"], **proxy)
    check(not scene.server.log(), "a request was sent in the clear")
    world.ok(name, "remote", "rm", "prod")
    world.ok(name, *place, "--allow-http")
    run = world.ok(name, "push", **proxy)
    check(run.text.count("in the clear") == 1 and "http://store.example:9000" in run.text, f"told not once:\n{run.text}")
    check({headers_of(row)["host"] for row in scene.server.log()} == {"store.example:9000"}, "another host was asked")

    scene.server.fresh()
    world.git(name, "config", "--file", ".cairn/config", "cairn-remote.prod.endpoint", "http://other.example:9000")
    world.ok(name, "trust", "prod")
    world.fails(13, name, "push", says=["other.example", "store.example", "cairn-remote.prod.allow-http other.example", "help plain-http"], **proxy)
    world.git(name, "config", "cairn-remote.prod.allow-http", "true")  # as releases before kept it
    world.fails(13, name, "push", says=["other.example", "help plain-http"], **proxy)
    check(not scene.server.log(), f"a moved remote was asked: {scene.server.log()}")
    world.git(name, "config", "cairn-remote.prod.allow-http", "other.example")
    world.ok(name, "push", **proxy)


def keys_may_be_rotated_on_the_way(scene):
    """The store forgets a key in the middle of a pull: its source is asked once more, and the pull goes on as the new key."""
    world, name = scene.world, scene.shop()
    world.ok(name, "push")
    program, calls = world.path("identity"), world.path("identity.calls")
    with open(program, "w", encoding="ascii") as stream:
        stream.write(f"""#!/bin/sh
echo >>{calls}
if [ "$(wc -l <{calls})" = 1 ]; then key=AKPUSHER secret=$PUSHER; else key=AKOWNER secret=$OWNER; fi
printf '{{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}}' "$key" "$secret"
""")
    os.chmod(program, 0o700)
    os.makedirs(world.path("home", ".aws"), exist_ok=True)
    with open(world.path("home", ".aws", "config"), "w", encoding="ascii") as stream:
        stream.write(f"[profile turning]\ncredential_process = {program}\n")
    secrets = {role.upper(): world.identity(role)["AWS_SECRET_ACCESS_KEY"] for role in ("pusher", "owner")}
    for kind, rest in (("revoked", {}), ("status", {"status": 400, "code": "ExpiredToken"})):
        scene.server.fresh()
        reader = f"{name}-{kind}"
        world.clone("shop", reader, scene.server, name)
        world.git(reader, "config", "cairn-remote.prod.profile", "turning")
        with open(calls, "w", encoding="ascii"):
            pass
        scene.server.fault(kind, {"operation": "get_object"}, skip=3, **rest)
        world.ok(reader, "pull", **secrets)
        world.check_files(reader, FILES)
        with open(calls, encoding="ascii") as stream:
            check(len(stream.readlines()) == 2, f"{kind}: the source was asked another number of times than twice")
        asked = [re.search(r"Credential=(\w+)/", headers_of(row)["authorization"])[1] for row in scene.server.log()]
        check(set(asked[:3]) == {"AKPUSHER"} and asked[-1] == "AKOWNER", f"{kind}: {asked}")
        check(kind != "revoked" or 1 <= len(scene.server.log(status=403)) <= 16, "more requests were refused than were on their way")


TRACED = re.compile(r"http (\d+) ([<>]) (.*)")


def blocks_of(text):
    """(number, direction, lines) of each run of lines that belong together."""
    out = []
    for line in text.splitlines():
        match = TRACED.fullmatch(line)
        if not match:
            continue
        number, direction, words = int(match[1]), match[2], match[3]
        if out and out[-1][:2] == (number, direction):
            out[-1][2].append(words)
        else:
            out.append((number, direction, [words]))
    return out


def traces_repeat_requests(scene):
    """One block for each request and each answer, by number; with the secret, a block gives the signature that was sent."""
    name = scene.shop()
    run = scene.world.ok(name, "push", "--trace", "http")
    scene.world.runs.remove(run)  # the name of the scheme stands in it, which is no secret here
    blocks = blocks_of(run.text)
    numbers = sorted((number, direction) for number, direction, _ in blocks)
    count = len(scene.server.log())
    check(count > 5 and numbers == sorted((n, d) for n in range(1, count + 1) for d in "<>"), f"{count} requests, blocks {numbers}")
    sent = {headers_of(row)["authorization"].rsplit("=", 1)[1] for row in scene.server.log()}
    secret = scene.world.environment["AWS_SECRET_ACCESS_KEY"]
    check(not any(word in run.text for word in (secret, *sent)), "a secret is in the trace")
    made = set()
    for _, direction, lines in blocks:
        if direction == "<":
            check(re.match(r"\d{3} [A-Z]+ http", lines[0]) and lines[-1].endswith("bytes)"), f"an answer is cut: {lines}")
            continue
        method, url = lines[0].split(" ")
        host, _, target = url.split("://")[1].partition("/")
        path, _, query = ("/" + target).partition("?")
        headers = [("host", host), *(tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line)]
        headers = [(n.lower(), v) for n, v in dict(headers).items()]
        request = Request(method, path, query, headers, b"")
        match = re.match(r"AWS4-HMAC-SHA256 Credential=\w+/(\d+)/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=\[hidden\]", request.header("authorization"))
        check(match, f"not to be repeated: {lines}")
        canonical = signature.canonical_request(request, match[3].split(";"), request.header("x-amz-content-sha256"))
        made.add(signature.sign(secret, match[1], match[2], "s3", request.header("x-amz-date"), canonical))
    check(made == sent, f"of {len(sent)} signatures {len(sent & made)} can be made again from the trace")


def main():
    scene = Scene()
    steps = (conditions_are_told_truly, clocks_are_measured, one_line_for_what_fails_everything, a_probe_that_must_stay_is_empty, listings_are_not_guessed, colder_classes_are_for_data,
             encryption_and_owner_are_sent, plain_http_is_allowed_by_host, keys_may_be_rotated_on_the_way, traces_repeat_requests)
    return run_steps(scene, steps, before=scene.server.fresh)


if __name__ == "__main__":
    sys.exit(main())
