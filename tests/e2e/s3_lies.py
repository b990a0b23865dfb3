"""Objects with right checksums that lie: records that blow up, an index or locators that name wrong places. A pull ends with an error that names the
path, quickly, and the tree is as it was; with the truth in their place it converges."""

import hashlib
import os
import random
import struct
import sys

from lib_s3 import HERE, World, check, check_message, run_steps

sys.path.insert(0, os.path.join(HERE, "..", "tools"))
from cairn_reader import Packs, crc32c, read_table  # noqa: E402
from hostile_store import record  # noqa: E402

FILES = {"model.bin": random.Random(9).randbytes(900_000), **{f"set/{i}.txt": f"row {i}\n".encode() * (i + 1) for i in range(50)}}
ZSTD, RLE_BYTES = 1, 128 << 10
LIAR = hashlib.sha256(b"pack of a liar").digest()
TABLE_HEAD, PACK_ROW, RECORD_ROW, PLACE_ROW = 64, 48, 32, 12


class Scene:
    def __init__(self):
        self.world, self.number = World(), 0
        self.server = self.world.server()
        self.world.repository("shop", FILES)
        self.world.remote("shop", self.server, "shop")
        self.world.ok("shop", "push")
        self.good = {key: self.server.get(key) for key in self.server.objects("shop/")}
        self.index_key = next(key for key in self.good if "/index/" in key)
        self.data_key = max((key for key in self.good if "/packs/" in key), key=lambda key: len(self.good[key]))

    def pull(self, prefix, code, what, says=()):
        """A pull from below that prefix into a new clone."""
        self.number += 1
        name = f"clone{self.number}"
        self.world.clone("shop", name, self.server, prefix)
        run = self.world.cairn(name, "pull")
        check(run.code == code, f"{what}: exit {run.code} instead of {code}\n{run.text}")
        check(run.seconds < 20, f"{what}: {run.seconds:.0f} s")
        if code == 0:
            self.world.check_files(name, FILES)
            return
        check_message(run)
        for word in says:
            check(word in run.text, f"{what}: does not say `{word}`\n{run.text}")
        self.world.check_empty(name, FILES)
        self.world.ok(name, "remote", "set", "prod", "s3://acme-data/shop")
        self.world.ok(name, "pull")
        self.world.check_files(name, FILES)

    def prefix_with(self, changed, without=()):
        """A copy of the good objects with these in place of theirs."""
        self.number += 1
        prefix = f"liar{self.number}"
        for key, octets in {**{k: v for k, v in self.good.items() if k not in without}, **changed}.items():
            self.server.put(prefix + key[len("shop"):], octets)
        return prefix


def frame(declared_bytes, room_bytes):
    """A zstd frame that says that size, of blocks that repeat a byte, as many as there is room for; its true size too."""
    head = struct.pack("<IBQ", 0xFD2FB528, 0xE0, declared_bytes)
    blocks = (room_bytes - len(head)) // 4
    body = b"".join(((RLE_BYTES << 3 | 1 << 1 | (i == blocks - 1)) & 0xFFFFFF).to_bytes(3, "little") + b"x" for i in range(blocks))
    return head + body


def rewritten(octets, place, change):
    """The pack with the record there changed and its checksum made right again; `change` gets head fields and payload."""
    offset, size = place
    record = octets[offset:offset + size]
    magic, codec, flags, bases, zero, count, payload, plain, _ = struct.unpack_from("<4sBBBBIIII", record)
    lengths = record[24:24 + 4 * count]
    codec, plain, body = change(codec, plain, record[24 + len(lengths):])
    need = size - 24 - len(lengths)
    body = body[:need].ljust(need, b"\0")
    head = struct.pack("<4sBBBBIII", magic, codec, flags, bases, zero, count, need, plain)
    record = head + struct.pack("<I", crc32c(head + lengths + body)) + lengths + body
    return octets[:offset] + record + octets[offset + size:]


def records_of(pack):
    """(offset, size) of each record of a pack, by its footer, the largest first."""
    length = struct.unpack_from("<I", pack, len(pack) - 16)[0]
    table = read_table(pack[-16 - length:-16])
    return sorted({place[1:3] for places in table.values() for place in places}, key=lambda place: -place[1])


def bombs(scene):
    """A record whose payload would be gigabytes: what its header allows is all that is ever made of it."""
    pack = scene.good[scene.data_key]
    place = records_of(pack)[0]
    cases = {
        "honest size, blocks without end": lambda codec, plain, body: (ZSTD, plain, frame(plain, len(body))),
        "the frame says 4 GiB": lambda codec, plain, body: (ZSTD, plain, frame(4 << 30, len(body))),
        "the header says 4 GiB": lambda codec, plain, body: (ZSTD, 0xFFFFFFFF, frame(0xFFFFFFFF, len(body))),
        "the header says more than its chunks": lambda codec, plain, body: (codec, plain + 1, body),
        "an unknown codec": lambda codec, plain, body: (99, plain, body),
        "patch without bases": lambda codec, plain, body: (4, plain, frame(plain, len(body))),
    }
    for what, change in cases.items():
        prefix = scene.prefix_with({scene.data_key: rewritten(pack, place, change)})
        scene.pull(prefix, 12 if "unknown" in what else 7, what, says=["model.bin", *(["codec 99"] if "unknown" in what else [])])
    same = scene.prefix_with({scene.data_key: rewritten(pack, place, lambda *all_of_it: all_of_it)})
    scene.pull(same, 0, "nothing changed")


def index_with(scene, new_id, swap):
    """The index object with the data pack under another id, and two of its records in each other's place."""
    table = bytearray(scene.good[scene.index_key])
    packs = struct.unpack_from("<I", table, 12)[0]
    old_id = bytes.fromhex(scene.data_key.rsplit("/", 1)[1])
    row = next(i for i in range(packs) if table[TABLE_HEAD + PACK_ROW * i:][:32] == old_id)
    at = TABLE_HEAD + PACK_ROW * row
    table[at:at + 32] = new_id
    first = struct.unpack_from("<I", table, at + 40)[0]
    chunks = struct.unpack_from("<I", table, 48)[0]
    places = len(table) - 4 - PLACE_ROW * chunks
    if swap == "records":  # the rules of the format forbid it
        one = TABLE_HEAD + PACK_ROW * packs + RECORD_ROW * first
        other = one + RECORD_ROW
        table[one:one + 16], table[other:other + 16] = table[other:other + 16], table[one:one + 16]
    if swap == "chunks":  # nothing but the bytes themselves tells
        own = [places + PLACE_ROW * i for i in range(chunks) if struct.unpack_from("<I", table, places + PLACE_ROW * i)[0] >= first]
        one, other = own[0], own[-1]
        table[one:one + 12], table[other:other + 12] = table[other:other + 12], table[one:one + 12]
    table[-4:] = struct.pack("<I", crc32c(bytes(table[TABLE_HEAD:-4])))
    digest = hashlib.sha256(table).hexdigest()
    return scene.index_key[:-64] + digest, bytes(table)


def lying_index(scene):
    """The data pack is under another name, so that the index is asked; it tells the truth, then swapped places, then places beyond the end."""
    new_id = hashlib.sha256(b"another name").digest()
    moved = {f"shop/packs/{new_id.hex()[:2]}/{new_id.hex()}": scene.good[scene.data_key]}
    for swap, code, says in (("", 0, ()), ("records", 6, ("model.bin",)), ("chunks", 7, ("does not hold chunk", "set/"))):
        key, octets = index_with(scene, new_id, swap)
        prefix = scene.prefix_with({**moved, key: octets}, without=(scene.data_key, scene.index_key))
        scene.pull(prefix, code, f"index, swapped {swap}", says)
    cut = {key: octets[:len(octets) // 2] for key, octets in moved.items()}
    key, octets = index_with(scene, new_id, "")
    scene.pull(scene.prefix_with({**cut, key: octets}, without=(scene.data_key, scene.index_key)), 7, "places beyond the end")


class Locator:
    """LOCATOR of cairn-remote(7), in lists that may be changed."""

    def __init__(self, octets):
        packs, records, references, bases = struct.unpack_from("<IIII", octets, 8)
        at = 24 + 32 * packs
        self.packs = [octets[i:i + 32] for i in range(24, at, 32)]
        self.records = [list(struct.unpack_from("<IIIIIBBH", octets, at + 24 * i)) for i in range(records)]
        at += 24 * records
        self.references = [list(struct.unpack_from("<III", octets, at + 12 * i)) for i in range(references)]
        self.bases = octets[at + 12 * references:]
        self.version = 1
        assert self.encode() == octets and len(self.bases) == 44 * bases

    def encode(self):
        head = struct.pack("<4sB3xIIII", b"CRNL", self.version, len(self.packs), len(self.records), len(self.references), len(self.bases) // 44)
        return b"".join([head, *self.packs, *(struct.pack("<IIIIIBBH", *r) for r in self.records),
                         *(struct.pack("<III", *r) for r in self.references), self.bases])


def roots_of_a_liar(scene, lie=lambda locator: None, table=lambda page, append: page):
    """The roots with every locator changed by `lie` and each table by `table`, and the pack in which all of that lies."""
    directory = scene.world.path("good")
    for key, octets in scene.good.items():
        os.makedirs(os.path.dirname(os.path.join(directory, key)), exist_ok=True)
        with open(os.path.join(directory, key), "wb") as stream:
            stream.write(octets)
    packs, pack_id = Packs(os.path.join(directory, "shop")), LIAR
    pack, out = scene.good[scene.data_key][:64], {}

    def place_of(plain):
        """Appends a record of that chunk; (id, record offset, record size, offset in plain, length)."""
        nonlocal pack
        whole, at = record(plain), len(pack)
        pack += whole
        return hashlib.sha256(plain).digest(), at, len(whole), 0, len(plain)

    for key, root in scene.good.items():
        if "/roots/" not in key:
            continue
        page = packs.at(root[152:184], *struct.unpack_from("<IIII", root, 184))
        count, listed = struct.unpack_from("<I", page, 8)[0], struct.unpack_from("<I", page, 16)[0]
        ids = [page[20 + 32 * i:52 + 32 * i] for i in range(listed)]
        entries = [bytearray(page[20 + 32 * listed + 108 * i:][:108]) for i in range(count)]
        for entry in entries:
            if entry[2] & 1:
                number, *place = struct.unpack_from("<IIIII", entry, 88)
                lying = Locator(packs.at(ids[number], *place))
                lie(lying)
                locator_id, *place = place_of(lying.encode())
                entry[56:] = locator_id + struct.pack("<IIIII", listed, *place)
        page = page[:16] + struct.pack("<I", listed + 1) + b"".join(ids) + pack_id + b"".join(entries)
        page_id, *place = place_of(table(page, place_of))
        root = root[:120] + page_id + pack_id + struct.pack("<IIII", *place) + root[200:-32]
        out[key] = root + hashlib.sha256(root).digest()
    return {**out, f"shop/packs/{pack_id.hex()[:2]}/{pack_id.hex()}": pack}


def each(field, change):
    """A lie about each record, or about each reference (0 record, 1 offset, 2 length)."""
    kind, number = field

    def lie(locator):
        for row in getattr(locator, kind):
            row[number] = change(row[number]) & 0xFFFFFFFF
    return lie


def others_pack(locator):
    locator.packs = [LIAR] * len(locator.packs)


def no_pack(locator):
    locator.packs = [hashlib.sha256(pack).digest() for pack in locator.packs]


def swapped_chunks(locator):
    locator.references.reverse()


def one_chunk_less(locator):
    del locator.references[-1]


def newer(locator):
    locator.version = 2


def lying_locators(scene):
    """A locator is a hint: where it lies the index serves, and without an index the pull ends as it should."""
    record_offset, record_size, record_plain, offset, length = ("records", 1), ("records", 2), ("records", 3), ("references", 1), ("references", 2)
    lies = {
        "nothing": (lambda locator: None, 0), "another pack": (others_pack, 7), "no such pack": (no_pack, 6),
        "offsets": (each(record_offset, lambda n: n + 1), 7), "offsets beyond the end": (each(record_offset, lambda n: n + (1 << 30)), 7),
        "sizes": (each(record_size, lambda n: n - 1), 7), "sizes of gigabytes": (each(record_size, lambda n: 3 << 30), 6),
        "plain lengths": (each(record_plain, lambda n: 1 << 20), 0), "places of chunks": (each(offset, lambda n: n - 1 if n else n), 7),
        "lengths of chunks": (each(length, lambda n: n - 1), 6), "chunks in another order": (swapped_chunks, 6),
        "a chunk less": (one_chunk_less, 6), "a newer locator": (newer, 12),
    }
    for what, (lie, code) in lies.items():
        changed = roots_of_a_liar(scene, lie)
        scene.pull(scene.prefix_with(changed), 12 if code == 12 else 0, f"{what}, the index at hand")
        scene.pull(scene.prefix_with(changed, without=(scene.index_key,)), code, f"{what}, no index", says=["set/" if code < 12 else "locator is newer"])


def repeated(times, *more_times, entries=None):
    """A root table whose pages name the one below so many times each; of the lowest, so many entries are claimed."""
    def table(page, append):
        below = entries or struct.unpack_from("<I", page, 8)[0]
        page = page[:7] + b"\0" + page[8:]
        for level, count in enumerate((times, *more_times), 1):
            page_id, *place = append(page)
            head = page[:6] + struct.pack("<BBII", level, level == 1 + len(more_times), count, 0)
            page = head + (page_id + LIAR + struct.pack("<IIIIQ", *place, below)) * count
            below *= count
        return page
    return table


def lying_tables(scene):
    """A root table is a hint too: one that is small in the bucket and endless when it is followed costs neither time nor memory."""
    tables = {"one page": repeated(1), "a page twice": repeated(2), "again and again": repeated(4000), "without end": repeated(4096, 4096),
              "more than there may be": repeated(4096, 4096, 4096), "wrong counts": repeated(2, entries=7)}
    for what, table in tables.items():
        changed = roots_of_a_liar(scene, table=table)
        scene.server.fresh()
        scene.pull(scene.prefix_with(changed), 0, f"{what}, the index at hand")
        asked = scene.server.log(method="GET")
        check(len(asked) < 700, f"{what}: {len(asked)} requests")  # of two versions
        code = 0 if what == "a page twice" else 6
        scene.pull(scene.prefix_with(changed, without=(scene.index_key,)), code, f"{what}, no index", says=["set"])


def main():
    return run_steps(Scene(), (bombs, lying_index, lying_locators, lying_tables))


if __name__ == "__main__":
    sys.exit(main())
