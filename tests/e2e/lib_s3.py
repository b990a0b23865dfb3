"""Shared by the S3 scripts: the strict server, work trees on it, the binary run and its words kept, secrets looked for in all of them.

Every key, secret and token a test uses is a canary: World.close() fails when one of them stands in any output or file of a repository.
"""

import atexit
import collections
import concurrent.futures
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.path.join(HERE, "..", "tools", "s3_server.py")
SECRETS = {"owner": "canary-owner-7Jq2", "pusher": "canary-pusher-9Xw4", "reader": "canary-reader-3Rt8", "temp": "canary-temp-5Lm1"}
TOKEN = "canary-token-Zk6pVvQ0sT"
IDENTITIES = {f"AK{role.upper()}": {"secret": secret, "role": "owner" if role == "temp" else role} for role, secret in SECRETS.items()}
IDENTITIES["AKTEMP"]["token"] = TOKEN
CANARIES = [*SECRETS.values(), TOKEN, "AWS4-HMAC-SHA256", "X-Amz-Signature", "x-amz-security-token"]
BUCKET = "acme-data"

Run = collections.namedtuple("Run", "code text seconds words")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def start_server(program, *arguments):
    """A server of tests/tools on this machine, and its port; it ends with this script, however that ends."""
    process = subprocess.Popen([sys.executable, program, *arguments], stdout=subprocess.PIPE, text=True)
    atexit.register(process.kill)
    line = process.stdout.readline()
    check("listening" in line, f"{program} did not start")
    return process, int(line.rsplit(":", 1)[1])


class Server:
    """One server process. Faults and log are its own; objects live in memory."""

    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    unverified.minimum_version = ssl.TLSVersion.TLSv1  # also for a server that speaks nothing newer
    unverified.set_ciphers("DEFAULT:@SECLEVEL=0")

    def __init__(self, *arguments):
        self.process, self.port = start_server(SERVER, "--bucket", BUCKET, *arguments)
        self.endpoint = f"{'https' if '--cert' in arguments else 'http'}://127.0.0.1:{self.port}"
        self.fresh()

    def control(self, method, path, value=None):
        data = value if isinstance(value, bytes) else json.dumps(value).encode() if value is not None else None
        request = urllib.request.Request(f"{self.endpoint}/_control/{path}", method=method, data=data)
        return json.loads(urllib.request.urlopen(request, context=self.unverified).read())

    def fault(self, kind, match=None, **rest):
        self.control("POST", "fault", {"kind": kind, "match": match or {}, **rest})

    def config(self, **changes):
        self.control("POST", "config", changes)

    def fresh(self):
        """No faults, an empty log, plain settings; objects stay."""
        self.control("POST", "reset", {})
        self.config(identities=IDENTITIES)

    def log(self, **wanted):
        rows = self.control("GET", "log")
        return [r for r in rows if all(r[name] == value for name, value in wanted.items())]

    def objects(self, prefix=""):
        return {k: v for k, v in self.control("GET", f"objects/{BUCKET}").items() if k.startswith(prefix)}

    def get(self, key):
        """The stored bytes, read as an owner would (unsigned reading is allowed for that moment)."""
        self.config(anonymous=True)
        try:
            return urllib.request.urlopen(f"{self.endpoint}/{BUCKET}/{key}", context=self.unverified).read()
        finally:
            self.config(anonymous=False)

    def put(self, key, octets):
        self.control("PUT", f"object/{BUCKET}/{key}", octets)

    def copy(self, old, new):
        for key in self.objects(old):
            self.put(new + key[len(old):], self.get(key))

    def stop(self):
        self.process.kill()
        self.process.wait()


class World:
    """A scratch directory with an own HOME; leaves nothing behind."""

    def __init__(self):
        self.binary = os.environ.get("CAIRN_BIN") or sys.exit("CAIRN_BIN: the binary under test")
        self.root = tempfile.mkdtemp(prefix="cairn-e2e.", dir=os.environ.get("TMPDIR"))
        self.servers, self.runs = [], []
        self.environment = {k: v for k, v in os.environ.items() if not re.match(r"AWS_|ACTIONS_|CAIRN_|GIT_|https?_proxy|HTTPS?_PROXY|all_proxy|ALL_PROXY", k)}
        self.environment.update(HOME=self.path("home"), XDG_CONFIG_HOME=self.path("home"), GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8",
                                AWS_EC2_METADATA_DISABLED="true", **self.identity("owner"))
        os.mkdir(self.path("home"))
        for name, value in (("user.name", "Tester"), ("user.email", "tester@example.org"), ("init.defaultBranch", "main")):
            self.git(".", "config", "--global", name, value)

    @staticmethod
    def identity(role):
        out = {"AWS_ACCESS_KEY_ID": f"AK{role.upper()}", "AWS_SECRET_ACCESS_KEY": SECRETS[role]}
        return {**out, "AWS_SESSION_TOKEN": TOKEN} if role == "temp" else out

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def server(self, *arguments):
        self.servers.append(Server(*arguments))
        return self.servers[-1]

    def git(self, directory, *words):
        subprocess.run(["git", "-C", self.path(directory), *words], env=self.environment, check=True, capture_output=True)

    def cairn(self, directory, *words, timeout_s=240, **environment):
        start = time.monotonic()
        done = subprocess.run([self.binary, *words], cwd=self.path(directory), env={**self.environment, **environment},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout_s)
        run = Run(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), time.monotonic() - start, words)
        self.runs.append(run)
        return run

    def ok(self, directory, *words, **environment):
        run = self.cairn(directory, *words, **environment)
        check(run.code == 0, f"exit {run.code} instead of 0: {' '.join(words)}\n{run.text}")
        return run

    def fails(self, code, directory, *words, says=(), **environment):
        """An error as it should be: the exit code, one message, a hint, a slug, and each of the words."""
        run = self.cairn(directory, *words, **environment)
        check(run.code == code, f"exit {run.code} instead of {code}: {' '.join(words)}\n{run.text}")
        if code:
            check_message(run)
        for word in says:
            check(word in run.text, f"does not say `{word}`:\n{run.text}")
        return run

    def repository(self, name, files):
        """A repository with one commit of the files (path -> bytes); its top entries are data of cairn's."""
        os.mkdir(self.path(name))
        self.git(name, "init", "-q")
        self.ok(name, "init")
        write_files(self.path(name), files)
        self.ok(name, "add", *sorted({path.split("/")[0] for path in files}))
        self.git(name, "commit", "-qm", "v1")

    def clone(self, source, name, server=None, prefix=None):
        """A clone without any data; the remote `prod`, when one is given, stands in this clone alone."""
        subprocess.run(["git", "clone", "-q", self.path(source), self.path(name)], env=self.environment, check=True)
        if server:
            self.remote(name, server, prefix)

    def copy(self, source, name):
        shutil.copytree(self.path(source), self.path(name), symlinks=True)

    def remote(self, name, server, prefix, *more):
        self.ok(name, "remote", "add", "--local", "prod", f"s3://{BUCKET}/{prefix}", "--endpoint", server.endpoint, *more)

    def check_files(self, name, files):
        for path, octets in files.items():
            with open(self.path(name, path), "rb") as stream:
                check(stream.read() == octets, f"{name}/{path} has other bytes")
        check(not leftovers(self.path(name)), f"left behind in {name}: {leftovers(self.path(name))}")

    def check_empty(self, name, files):
        """The tree is as `git clone` left it."""
        there = [path for path in files if os.path.exists(self.path(name, path))]
        check(not there and not leftovers(self.path(name)), f"{name}: {there or leftovers(self.path(name))} after a failure")

    def close(self):
        for server in self.servers:
            server.stop()
        try:
            for run in self.runs:
                for canary in CANARIES:
                    check(canary not in run.text, f"`{canary}` is printed by {run.words}:\n{run.text}")
            found = subprocess.run(["grep", "-rlE", "|".join([*SECRETS.values(), TOKEN]), self.root], stdout=subprocess.PIPE, text=True).stdout
            check(not found, f"a secret was written to {found}")
        finally:
            subprocess.run(["chmod", "-R", "u+w", self.root], check=False)
            shutil.rmtree(self.root, ignore_errors=True)


def check_message(run):
    errors = re.findall(r"^(?:cairn: )?error: ", run.text, re.M)
    check(len(errors) == 1, f"{len(errors)} errors are told:\n{run.text}")
    check("help: cairn help " in run.text and ("hint: " in run.text or run.code == 2), f"no hint or no slug:\n{run.text}")
    raw = [c for c in run.text if (ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 or 0xDC80 <= ord(c) < 0xDD00 or c in "\u202e\u2066"]
    check(not raw, f"control characters {raw!r} in the output:\n{run.text!r}")


def leftovers(directory):
    return [name for folder, _, names in os.walk(directory) if "/.git" not in folder for name in names if name.startswith(".cairn-tmp-")]


def write_files(directory, files):
    for path, octets in files.items():
        os.makedirs(os.path.dirname(os.path.join(directory, path)), exist_ok=True)
        with open(os.path.join(directory, path), "wb") as stream:
            stream.write(octets)


def run_cases(cases, workers):
    """Calls each (name, function) of the cases, several at once; tells all that failed, and returns how many."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(function): name for name, function in cases}
        for done in concurrent.futures.as_completed(waiting):
            error = done.exception()
            if error:
                failed += 1
                print(f"FAILED {waiting[done]}: {error}\n", file=sys.stderr)
    return failed


def run_steps(scene, steps, before=lambda: None, after_failure=lambda: None):
    """Calls each step with the scene, or those that the command line names, and closes its world; the exit code."""
    failed = 0
    for step in steps:
        if sys.argv[1:] and step.__name__ not in sys.argv[1:]:
            continue
        try:
            before()
            step(scene)
        except Exception as error:  # a fault of the script too: the other steps come all the same
            failed += 1
            print(f"FAILED {step.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
            after_failure()
    scene.world.close()
    return 1 if failed else 0
