"""A CI job without keys: it shows the token of its platform to STS and works with what it gets, also when that ends in the middle of a pull."""

import json
import os
import random
import re
import socket
import sys
import urllib.request

from lib_s3 import CANARIES, HERE, IDENTITIES, World, check, run_steps, start_server

FILES = {"model.bin": random.Random(9).randbytes(400_000), **{f"set/{i}.txt": f"row {i}\n".encode() * (i + 1) for i in range(30)}}
ROLE = "arn:aws:iam::123456789012:role/ci"
BEARER, TOKEN = "canary-job-bearer-Tq7", "canary-job-token-Wn2"
KEYS = {f"AKJOB{number}": {"secret": f"canary-job-secret-{number}", "role": "owner", "token": f"canary-job-session-{number}"} for number in (1, 2, 3, 4)}
SOURCES = ("environment", "role of the profile", "web identity", "SSO", "keys of the profile", "credential_process", "container", "instance metadata")


class Platform:
    """One process of tests/tools/identity_server.py; stops like a server of the world."""

    def __init__(self, *key_ids):
        keys = [f"{key_id}:{KEYS[key_id]['secret']}:{KEYS[key_id]['token']}" for key_id in key_ids]
        program = os.path.join(HERE, "..", "tools", "identity_server.py")
        self.process, port = start_server(program, "--bearer", BEARER, "--token", TOKEN, "--role", ROLE, "--keys", *keys)
        self.url = f"http://127.0.0.1:{port}"

    def environment(self):
        """Of a step of a GitHub job, with the role that the workflow names."""
        return {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ROLE_ARN": ROLE, "AWS_ENDPOINT_URL_STS": self.url,
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/job/7/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER}

    def asked(self):
        return [" ".join(row) for row in json.loads(urllib.request.urlopen(f"{self.url}/_log").read())]

    def redirect(self):
        urllib.request.urlopen(f"{self.url}/_redirect", data=b"")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Scene:
    def __init__(self):
        self.world = World()
        CANARIES.extend([BEARER, TOKEN, *(row[name] for row in KEYS.values() for name in ("secret", "token"))])
        self.server = self.world.server()
        self.world.repository("shop", FILES)
        self.world.remote("shop", self.server, "shop")

    def fresh(self):
        self.server.fresh()
        self.server.config(identities={**IDENTITIES, **KEYS})

    def platform(self, *key_ids):
        self.world.servers.append(Platform(*key_ids))
        return self.world.servers[-1]

    def signers(self):
        """Who signed, in order, each named once."""
        ids = [re.search(r"Credential=(\w+)/", dict(map(tuple, row["headers"]))["authorization"])[1] for row in self.server.log()]
        return list(dict.fromkeys(ids))


ONE_ROUND = ["GET /job/7/token?api-version=2.0&audience=sts.amazonaws.com", "POST AssumeRoleWithWebIdentity"]


def a_job_shows_its_token(scene):
    platform = scene.platform("AKJOB1")
    run = scene.world.ok("shop", "push", "--trace", "http", **platform.environment())
    scene.world.runs.remove(run)  # the name of the signing scheme stands in it, which is no secret here
    check(not any(canary in run.text for canary in CANARIES if canary.startswith("canary")), "a secret is in the trace")
    check("authorization: Bearer [hidden]" in run.text, "the request for the token is not in the trace")
    check(platform.asked() == ONE_ROUND, str(platform.asked()))
    check(scene.signers() == ["AKJOB1"], str(scene.signers()))


def it_is_asked_again_on_the_way(scene):
    """What was given for the first token ends in the middle of a pull: another token is fetched, and the pull goes on."""
    platform = scene.platform("AKJOB2", "AKJOB3")
    scene.world.clone("shop", "reader", scene.server, "shop")
    scene.server.fault("status", {"operation": "get_object"}, skip=3, status=400, code="ExpiredToken")
    scene.world.ok("reader", "pull", **platform.environment())
    scene.world.check_files("reader", FILES)
    check(platform.asked() == ONE_ROUND * 2, str(platform.asked()))
    check(scene.signers() == ["AKJOB2", "AKJOB3"], str(scene.signers()))


def failures_say_what_was_asked(scene):
    """Nothing is sent to the bucket, no redirect is followed, and the request's token goes nowhere in the clear."""
    platform = scene.platform("AKJOB4")
    environment = platform.environment()
    said = "no credentials for S3: web identity failed: "
    scene.world.fails(4, "shop", "fetch", says=[said, "answered 401"], **{**environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"})
    scene.world.fails(4, "shop", "fetch", says=[said, "InvalidIdentityToken", "role `arn:other`"], **{**environment, "AWS_ROLE_ARN": "arn:other"})
    scene.world.fails(4, "shop", "fetch", says=[said, "neither https nor this host"],
                      **{**environment, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://tokens.example/x", "all_proxy": platform.url})
    platform.redirect()
    scene.world.fails(4, "shop", "fetch", says=[said, "answered 307"], **environment)
    check([row.split()[0] for row in platform.asked()] == ["GET", "GET", "POST", "GET"], str(platform.asked()))
    del environment["ACTIONS_ID_TOKEN_REQUEST_URL"]
    scene.world.fails(4, "shop", "fetch", says=["web identity: neither AWS_WEB_IDENTITY_TOKEN_FILE nor ACTIONS_ID_TOKEN_REQUEST_URL is set"], **environment)
    check(not scene.server.log(), "the bucket was asked without credentials")


def every_source_is_named(scene):
    """Without any identity, beside a metadata service that takes connections and never answers: asked once, for a second, and all is told."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "",
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        run = scene.world.fails(4, "shop", "fetch", says=["no credentials for S3 were found", "--anonymous", *(f"{source}: " for source in SOURCES)], **environment)
        silent.setblocking(False)
        silent.accept()
        try:
            silent.accept()
            check(False, "the metadata service was asked twice")
        except BlockingIOError:
            pass
    check(run.seconds < 4, f"{run.seconds:.1f} s for what should take two at most")
    check(not scene.server.log(), "the bucket was asked without credentials")


def main():
    scene = Scene()
    return run_steps(scene, (a_job_shows_its_token, it_is_asked_again_on_the_way, failures_say_what_was_asked, every_source_is_named), before=scene.fresh)


if __name__ == "__main__":
    sys.exit(main())
