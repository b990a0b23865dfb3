"""TLS to a bucket and to a web server: who is believed, what is refused, and what the error says to do."""

import os
import ssl
import subprocess
import sys

from lib_s3 import BUCKET, World, check, run_steps

FILES = {"model.bin": bytes(range(256)) * 500}


class Authority:
    """A certificate authority of this run alone."""

    def __init__(self, world):
        self.world, self.file = world, world.path("ca.pem")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", world.path("ca.key"),
                     "-out", self.file, "-subj", "/CN=Acme test authority", "-days", "2")

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def server(self, name, *more):
        """A server whose certificate is of that name ("IP:127.0.0.1", "DNS:host")."""
        base = self.world.path(f"server{len(self.world.servers)}")
        with open(base + ".ext", "w", encoding="ascii") as stream:
            stream.write(f"subjectAltName={name}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key", "-out", base + ".csr",
                     "-subj", "/CN=store")
        self.openssl("x509", "-req", "-in", base + ".csr", "-CA", self.file, "-CAkey", self.world.path("ca.key"), "-CAcreateserial",
                     "-out", base + ".pem", "-days", "2", "-extfile", base + ".ext")
        return self.world.server("--cert", base + ".pem", "--key", base + ".key", *more)


class Scene:
    def __init__(self):
        self.world, self.number = World(), 0
        self.authority = Authority(self.world)
        self.server = self.authority.server("IP:127.0.0.1")
        self.world.repository("shop", FILES)
        self.world.remote("shop", self.server, "shop")
        self.world.ok("shop", "push", AWS_CA_BUNDLE=self.authority.file)
        self.server.fresh()

    def clone(self, server, *more):
        self.number += 1
        name = f"clone{self.number}"
        self.world.clone("shop", name)
        self.world.remote(name, server, "shop", *more)
        return name

    def refused(self, server, slug, *more, **environment):
        """A pull gets nothing, says why, and no request is heard."""
        name = self.clone(server, *more)
        run = self.world.fails(5, name, "pull", says=[f"cairn help {slug}", "127.0.0.1"], **environment)
        self.world.check_empty(name, FILES)
        check(not server.log(), f"requests were sent: {server.log()}")
        return run


def unknown_authority(scene):
    run = scene.refused(scene.server, "bad-certificate")
    check("AWS_CA_BUNDLE" in run.text and "ca-file" in run.text, f"the hint names no way to trust it:\n{run.text}")
    check("same command again" not in run.text, f"asking again is no help:\n{run.text}")
    check(run.seconds < 3, f"it was tried for {run.seconds:.1f} s")


def known_authority(scene):
    """By the remote's own setting and by the variable; `remote check` says that the connection is verified."""
    named = scene.clone(scene.server, "--ca-file", scene.authority.file)
    scene.world.ok(named, "pull")
    scene.world.check_files(named, FILES)
    checked = scene.world.ok(named, "remote", "check", "prod")
    check("TLS: verified, version 1.3\n" in checked.text, checked.text)
    by_variable = scene.clone(scene.server)
    scene.world.ok(by_variable, "pull", AWS_CA_BUNDLE=scene.authority.file)
    scene.world.check_files(by_variable, FILES)
    scene.server.fresh()


def wrong_name(scene):
    elsewhere = scene.authority.server("DNS:store.example")
    run = scene.refused(elsewhere, "bad-certificate", AWS_CA_BUNDLE=scene.authority.file)
    check("certificate" in run.text, run.text)


def missing_bundle(scene):
    scene.refused(scene.server, "bad-certificate", AWS_CA_BUNDLE=scene.world.path("absent.pem"))


def committed_bundle(scene):
    """A committed ca-file makes nobody believed; the same line in this clone's own config does."""
    scene.number += 1
    name = f"clone{scene.number}"
    scene.world.clone("shop", name)
    for key, value in (("url", f"s3://{BUCKET}/shop"), ("endpoint", scene.server.endpoint), ("ca-file", scene.authority.file)):
        scene.world.git(name, "config", "--file", ".cairn/config", f"cairn-remote.evil.{key}", value)
    scene.world.fails(5, name, "pull", "-r", "evil", says=["cairn help bad-certificate"], CAIRN_TRUST="127.0.0.1")
    check(not scene.server.log(), f"requests were sent: {scene.server.log()}")
    scene.world.git(name, "config", "cairn-remote.evil.ca-file", scene.authority.file)
    scene.world.ok(name, "pull", "-r", "evil", CAIRN_TRUST="127.0.0.1")
    scene.server.fresh()


def old_versions(scene):
    if not ssl.HAS_TLSv1_1:
        return
    old = scene.authority.server("IP:127.0.0.1", "--tls-most", "1.1")
    scene.refused(old, "tls-failed", AWS_CA_BUNDLE=scene.authority.file)


def version_is_told(scene):
    """The one that was negotiated, of a bucket and of a web server."""
    older = scene.authority.server("IP:127.0.0.1", "--tls-most", "1.2")
    for key in scene.server.objects("shop/"):
        older.put(key, scene.server.get(key))
    name = scene.clone(older)
    checked = scene.world.ok(name, "remote", "check", "prod", AWS_CA_BUNDLE=scene.authority.file)
    check("TLS: verified, version 1.2\n" in checked.text, checked.text)
    for server, version in ((older, "1.2"), (scene.server, "1.3")):
        server.config(anonymous=True)
        scene.world.ok(name, "remote", "add", "--local", f"web{server.port}", f"{server.endpoint}/{BUCKET}/shop", "--ca-file", scene.authority.file)
        checked = scene.world.ok(name, "remote", "check", f"web{server.port}")
        check(f"TLS: verified, version {version}\n" in checked.text, checked.text)
    scene.server.fresh()


def redirect_to_plain_http(scene):
    """A copy behind a web server: its word leads to no server without encryption."""
    plain = scene.world.server()
    for key in scene.server.objects("shop/"):
        plain.put(key, scene.server.get(key))
    plain.config(anonymous=True)
    scene.server.config(anonymous=True)
    scene.world.clone("shop", "reader")
    scene.world.ok("reader", "remote", "add", "--local", "web", f"{scene.server.endpoint}/{BUCKET}/shop", "--ca-file", scene.authority.file)
    scene.server.fault("status", {"method": "GET"}, times=-1, status=302, code="Found",
                       headers={"Location": f"{plain.endpoint}/{BUCKET}/shop/cairn.json"})
    scene.world.fails(13, "reader", "pull", says=["leads to another server", f"http://127.0.0.1:{plain.port}"])
    check(not plain.log(), f"the redirect was followed: {plain.log()}")
    scene.world.check_empty("reader", FILES)
    scene.server.fresh()
    scene.server.config(anonymous=True)
    scene.world.ok("reader", "pull")
    scene.world.check_files("reader", FILES)


def main():
    return run_steps(Scene(), (unknown_authority, known_authority, wrong_name, missing_bundle, committed_bundle, old_versions, version_is_told,
                               redirect_to_plain_http))


if __name__ == "__main__":
    sys.exit(main())
