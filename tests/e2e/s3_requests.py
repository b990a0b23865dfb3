"""What push and pull ask of a bucket, counted in the server's log: requests, bytes, and the rights of each identity (cairn-s3(7))."""

import collections
import json
import os
import random
import shutil
import struct
import sys

from lib_s3 import BUCKET, HERE, World, check, write_files

sys.path.insert(0, os.path.join(HERE, "..", "tools"))
import cairn_reader  # noqa: E402

KIB = 1024
FILES = 2_000
OF_TEN_THOUSAND = 10_000
WIDE = 20_000
ON_THEIR_OWN = 200


def rows_of_files(count, seed):
    """Files of about 2 KiB of text that compresses a little, in folders of 500."""
    source = random.Random(seed)
    return {f"set/{i // 500:02}/{i:05}.json": (f'{{"id": {i}, "text": "' + source.randbytes(700).hex() + '"}\n').encode() for i in range(count)}


class Traffic:
    """Of the requests since the server's log was emptied."""

    def __init__(self, server):
        self.rows = server.log()
        self.operations = collections.Counter(r["operation"] for r in self.rows)
        self.sent_bytes = sum(r["body_bytes"] for r in self.rows)
        self.received_bytes = sum(r.get("answer_bytes") or 0 for r in self.rows)
        self.denied = [f"{r['operation']} {r['path']}" for r in self.rows if r["status"] == 403]
        self.prefixes = [dict(p.partition("=")[::2] for p in r["query"].split("&")).get("prefix", "") for r in self.rows if r["operation"] == "list_objects"]

    def __str__(self):
        return f"{len(self.rows)} requests {dict(self.operations)}, {self.sent_bytes:,} bytes up, {self.received_bytes:,} down"

    def at_most(self, requests, sent_bytes, received_bytes):
        check(len(self.rows) <= requests, f"more than {requests} requests: {self}")
        check(self.sent_bytes <= sent_bytes, f"more than {sent_bytes:,} bytes up: {self}")
        check(self.received_bytes <= received_bytes, f"more than {received_bytes:,} bytes down: {self}")


def measured(world, server, what, directory, *words, **environment):
    server.fresh()
    world.ok(directory, *words, **environment)
    traffic = Traffic(server)
    print(f"{what}: {traffic}")
    return traffic


def pushes_in_proportion(world, server):
    """First push: one PUT for each pack of 64 MiB, index and root, not for each file. After a change of 1 %: about 1 % of the bytes."""
    files = rows_of_files(FILES, 1)
    world.repository("shop", files)
    world.remote("shop", server, "shop")
    first = measured(world, server, f"push of {FILES} files", "shop", "push")
    first.at_most(30, 2_600_000, 40 * KIB)
    check(first.operations["put_object"] <= 8, str(first))
    check("" not in first.prefixes and "shop/" not in first.prefixes, f"the bucket is listed: {first.prefixes}")

    names = sorted(files)[1000:1000 + FILES // 100]
    for name in names:
        files[name] = files[name].replace(b'"text": "', b'"text": "changed ')
        with open(world.path("shop", name), "wb") as stream:
            stream.write(files[name])
    world.ok("shop", "add", "set")
    world.git("shop", "commit", "-qm", "v2")
    second = measured(world, server, "push after a change of 1 %", "shop", "push")
    second.at_most(40, first.sent_bytes // 20, first.sent_bytes // 5)
    third = measured(world, server, "push of nothing new", "shop", "push")
    third.at_most(20, 1 * KIB, first.sent_bytes // 10)
    check(third.operations["put_object"] == 0, str(third))
    world.clone("shop", "shop-reader", server, "shop")
    whole = measured(world, server, "pull of all", "shop-reader", "pull")
    world.check_files("shop-reader", files)
    whole.at_most(60, 0, second.sent_bytes + first.sent_bytes * 11 // 10)
    check(not whole.operations["list_objects"], f"a pull lists: {whole}")
    again = measured(world, server, "pull of nothing new", "shop-reader", "pull")
    again.at_most(2, 0, 4 * KIB)


def change_ten(world, name, files, first):
    """Ten files, far apart, committed; the size of what they say now."""
    names = sorted(files)[first::len(files) // 10][:10]
    files.update({path: f"changed by {name} {first}\n".encode() for path in names})
    write_files(world.path(name), {path: files[path] for path in names})
    world.ok(name, "add", "wide")
    world.git(name, "commit", "-qm", f"by {name}")
    return sum(len(files[path]) for path in names)


def pages_kept(world, name):
    return sum(os.path.getsize(os.path.join(folder, path)) for folder, _, paths in os.walk(world.path(name, ".git", "cairn", "remote-pages", "packs"))
               for path in paths)


def a_small_change_of_many(world, server):
    """Ten of 20,000 files: what this machine sent or read before is not asked for again, and a machine that has none of it asks once."""
    files = {f"wide/{i // 500:02}/{i:05}.json": f'{{"id": {i}}}\n'.encode() for i in range(WIDE)}
    world.repository("wide", files)
    world.remote("wide", server, "wide")
    world.ok("wide", "push")
    first_packs = server.objects("wide/packs/")
    check(0 < pages_kept(world, "wide") < 400 * KIB, f"{pages_kept(world, 'wide'):,} bytes of pages are kept")
    world.clone("wide", "wide-reader", server, "wide")
    world.ok("wide-reader", "pull")

    size = json.loads(world.ok("wide-reader", "--json", "cache").text)["total_bytes"]
    pruned = json.loads(world.ok("wide-reader", "--json", "cache", "prune", "--max-size", str(size - 1)).text)
    check(pruned["fits"] and pruned["chunks_dropped"] == 0 and not pages_kept(world, "wide-reader"), f"the kept pages do not go first: {pruned}")
    shutil.rmtree(world.path("wide-reader"))
    world.clone("wide", "wide-reader", server, "wide")
    world.ok("wide-reader", "pull")

    change_ten(world, "wide", files, 0)
    measured(world, server, f"push of 10 of {WIDE} files", "wide", "push").at_most(24, 40_000, 10 * KIB)
    world.git("wide-reader", "pull", "-q")
    measured(world, server, "pull of the same 10", "wide-reader", "pull").at_most(8, 0, 30_000)
    world.check_files("wide-reader", files)
    change_ten(world, "wide-reader", files, 1)
    measured(world, server, "push of 10 by another clone", "wide-reader", "push").at_most(25, 40_000, 16 * KIB)

    shutil.rmtree(world.path("wide-reader", ".git", "cairn", "remote-pages"))
    change_ten(world, "wide-reader", files, 2)
    measured(world, server, "with nothing kept", "wide-reader", "push").at_most(33, 40_000, 100 * KIB)
    check(pages_kept(world, "wide-reader"), "what was read is not kept")
    for folder, _, names in os.walk(world.path("wide-reader", ".git", "cairn", "remote-pages", "packs")):
        for name in names:
            damage(os.path.join(folder, name))
    change_ten(world, "wide-reader", files, 3)
    measured(world, server, "with damaged pages kept", "wide-reader", "push").at_most(33, 40_000, 100 * KIB)
    world.clone("wide-reader", "wide-third", server, "wide")
    world.ok("wide-third", "pull")
    world.check_files("wide-third", files)

    # What is kept is no evidence: packs that are gone are noticed, and what was in them is sent again.
    for pack in first_packs:
        server.put(pack, b"")
    change_ten(world, "wide-reader", files, 4)
    world.ok("wide-reader", "push")
    world.clone("wide-reader", "wide-fourth", server, "wide")
    world.ok("wide-fourth", "pull")
    world.check_files("wide-fourth", files)


def damage(path):
    os.chmod(path, 0o600)
    with open(path, "r+b") as stream:
        for at in range(500, os.path.getsize(path), 2000):
            stream.seek(at)
            stream.write(b"damaged")


def files_on_their_own(world, server):
    """Each with a pointer of its own, as after an import from git-lfs: a root each, and everything else of many comes together."""
    files = {f"{i:04}.json": f'{{"id": {i}}}\n'.encode() * 40 for i in range(ON_THEIR_OWN)}
    world.repository("own", files)
    world.remote("own", server, "own")
    measured(world, server, f"push of {ON_THEIR_OWN} pointers", "own", "push").at_most(ON_THEIR_OWN + 30, 800 * KIB, 40 * KIB)
    for name, words in (("own-reader", ()), ("own-passing", ("--no-store",))):
        world.clone("own", name, server, "own")
        pulled = measured(world, server, f"pull {' '.join(words)} of them", name, "pull", *words)
        pulled.at_most(ON_THEIR_OWN + 12, 0, 800 * KIB)
        world.check_files(name, files)
        roots = [i for i, row in enumerate(pulled.rows) if "/roots/" in row["path"]]
        check(len(roots) == ON_THEIR_OWN, f"roots are asked for again: {pulled}")


class Stored:
    """What lies below a prefix, read by the independent reader: which frames hold a file, which packs hold lists."""

    def __init__(self, world, server, prefix, pointer):
        folder = world.path(f"{prefix}-objects")
        for key in server.objects(f"{prefix}/packs/"):
            path = os.path.join(folder, key[len(prefix) + 1:])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(server.get(key))
        packs = cairn_reader.Packs(folder)
        self.frame_of = packs.index
        entries = cairn_reader.manifest_entries(packs.chunk, cairn_reader.read_pointer(pointer)["oid"])
        self.chunks_of = {e["path"].decode(): [chunk for chunk, _ in e["chunks"]] for e in entries if e["kind"] == 1}
        self.data_packs = {self.frame_of[c][0][0].hex() for chunks in self.chunks_of.values() for c in chunks}

    def frame_bytes(self, names):
        frames = {self.frame_of[chunk][0][:3] for name in names for chunk in self.chunks_of[name]}
        return len(frames), sum(size for _, _, size in frames)

    def is_data(self, row):
        return row["path"].rsplit("/", 1)[1] in self.data_packs

    def list_bytes(self, traffic):
        """Roots, pages and locators that came: everything that is no data pack."""
        return sum(r["answer_bytes"] for r in traffic.rows if not self.is_data(r))

    def trips(self, traffic):
        """What is asked before the first byte of data, one after the other; after it, only data is."""
        lists = [r["path"].split("/", 3)[3].split("/")[0] for r in traffic.rows if not self.is_data(r)]
        check(not any(self.is_data(r) for r in traffic.rows[:len(lists)]), f"lists are asked for after data: {traffic}")
        return lists


def restores_in_proportion(world, server):
    """20 and 100 of 10,000 files into an empty store: at most 1.3 x the stored bytes of the frames touched, plus lists, plus 256 KiB."""
    files = rows_of_files(OF_TEN_THOUSAND, 2)
    world.repository("many", files)
    world.remote("many", server, "many")
    measured(world, server, f"push of {OF_TEN_THOUSAND} files", "many", "push").at_most(40, 12_000_000, 40 * KIB)
    stored = Stored(world, server, "many", world.path("many", "set.cairn"))
    names = sorted(files)
    for count in (20, 100):
        for how, chosen in (("apart", names[7::OF_TEN_THOUSAND // count][:count]), ("in a row", names[3000:3000 + count])):
            name = f"ci-{count}-{how.replace(' ', '-')}"
            world.clone("many", name, server, "many")
            words = [word for path in chosen for word in ("--include", path)]
            traffic = measured(world, server, f"{count} of {OF_TEN_THOUSAND} files {how}", name, "pull", *words)
            world.check_files(name, {path: files[path] for path in chosen})
            frames, frame_bytes = stored.frame_bytes([path[len("set/"):] for path in chosen])
            lists = stored.list_bytes(traffic)
            limit = int(1.3 * frame_bytes + lists + 256 * KIB)
            print(f"  {frames} frames of {frame_bytes:,} bytes, lists {lists:,}: at most {limit:,}")
            traffic.at_most(frames + 25, 0, limit)
            check(lists <= 600 * KIB, f"lists of {lists:,} bytes")
            check(not traffic.operations["list_objects"], f"a restore lists: {traffic}")
            # The root's table, then leaves and locators, which lie side by side here and come in one request.
            check(stored.trips(traffic) == ["cairn.json", "roots", "packs", "packs"], f"other trips before data: {stored.trips(traffic)}")
    world.clone("many", "ci-together", server, "many")
    server.fresh()
    server.fault("together", {"key": "|".join(stored.data_packs)}, times=8)
    world.ok("ci-together", "pull", *(word for path in names[7::500] for word in ("--include", path)))


def one_tensor(world, server):
    """Of a model of 16 MB: its tensors by a few small requests, one tensor by its own bytes and those; a reader's rights are enough."""
    source = random.Random(3)
    tensors = {f"layer.{i}": source.randbytes(2_000_000) for i in range(8)}
    header = {n: {"dtype": "F32", "shape": [len(d) // 4], "data_offsets": [i * len(d), (i + 1) * len(d)]} for i, (n, d) in enumerate(tensors.items())}
    text = json.dumps(header).encode()
    world.repository("models", {"model.safetensors": struct.pack("<Q", len(text)) + text + b"".join(tensors.values())})
    world.remote("models", server, "models")
    world.ok("models", "push")
    world.clone("models", "models-reader", server, "models")
    rights = world.identity("reader")
    listed = measured(world, server, "ls of a model", "models-reader", "ls", "model.safetensors", **rights)
    listed.at_most(8, 0, 40 * KIB)
    one = measured(world, server, "cat of one of 8 tensors", "models-reader", "cat", "--tensor", "layer.5", "model.safetensors", **rights)
    one.at_most(12, 0, 2_000_000 + 60 * KIB)
    part = measured(world, server, "cat of 10 bytes of it", "models-reader", "cat", "--tensor", "layer.5", "--range", "0-9", "model.safetensors", **rights)
    part.at_most(10, 0, 1_100 * KIB)
    for traffic in (listed, one, part):
        check(traffic.operations.keys() == {"get_object"}, f"more than reading: {traffic}")


def rights_are_enough(world, server):
    """reader: no List, no Put; pusher: no Delete. Nobody asks for what cairn-s3(7) does not name."""
    world.clone("shop", "pusher", server, "rights")
    world.copy("shop", "pushing")
    world.ok("pushing", "remote", "set", "prod", f"s3://{BUCKET}/rights")
    pusher = measured(world, server, "pusher", "pushing", "push", **world.identity("pusher"))
    check(not pusher.denied, f"denied: {pusher.denied}")
    check(not {"delete_object", "delete_objects"} & pusher.operations.keys(), f"a push deletes: {pusher}")
    reader = measured(world, server, "reader", "pusher", "pull", **world.identity("reader"))
    check(not reader.denied, f"denied: {reader.denied}")
    check(reader.operations.keys() <= {"get_object", "head_bucket"}, f"a reader asks for more: {reader}")
    check(all(r["method"] in ("GET", "HEAD") for r in reader.rows), "a reader writes")


def main():
    world = World()
    server = world.server()
    try:
        pushes_in_proportion(world, server)
        a_small_change_of_many(world, server)
        files_on_their_own(world, server)
        rights_are_enough(world, server)
        restores_in_proportion(world, server)
        one_tensor(world, server)
    finally:
        world.close()
    print("ok")


if __name__ == "__main__":
    sys.exit(main())
