#!/usr/bin/env python3
"""Reads cairn versions with nothing but the man pages: cairn-pointer(5), cairn-store(5), cairn-remote(7).

Written apart from the program, in another language, sharing no code: that it restores the same bytes shows that
the formats are documented. Slow, strict, read-only.

  cairn_reader.py store  STORE_DIR POINTER OUT
  cairn_reader.py remote REMOTE_DIR PROJECT POINTER OUT

POINTER is a .cairn file; OUT is the file or folder to create.
"""
import hashlib
import json
import os
import re
import struct
import sys

from cairn_codecs import MAX_CHUNK, Bad, crc32c, decode, need, sha256


# ---- cairn-pointer(5) ---------------------------------------------------------------------------------------------
def read_pointer(path):
    data = open(path, "rb").read()
    need(len(data) <= 1024 and data.endswith(b"\n"), "pointer too long or cut")
    body, last = data[:-1].rsplit(b"\n", 1)
    need(last == b"check " + sha256(body + b"\n").hex()[:32].encode(), "pointer check line")
    lines = [line.split(" ", 1) for line in body.decode().split("\n")]
    need(lines[0] == ["version", "cairn-pointer/1"], "pointer version")
    fields = dict(lines)
    need(len(fields) == len(lines), "a key twice")

    def id_of(text):
        return bytes.fromhex(re.fullmatch(r"sha256:([0-9a-f]{64})", text).group(1))

    pointer = {"kind": fields["kind"], "oid": id_of(fields["oid"]), "size": int(fields["size"])}
    pointer["tree"] = id_of(fields["tree"]) if "tree" in fields else None
    pointer["exec"] = fields.get("exec") == "1"
    pointer["files"] = int(fields.get("files", 1))
    return pointer


# ---- cairn-store(5): RECORD, PACK, TABLE --------------------------------------------------------------------------
def read_record(data, base=None):
    """One whole record -> plain bytes. `base` gives the plain bytes of a chunk from a copy that has no base itself."""
    magic, codec, flags, bases, zero, n, payload, plain, crc = struct.unpack_from("<4sBBBBIIII", data)
    need(magic == b"CRNR" and flags == 0 and zero == 0, "record header")
    need(1 <= n <= 4096 and 1 <= plain <= MAX_CHUNK and 1 <= payload <= plain, "record lengths")
    lengths = struct.unpack_from(f"<{n}I", data, 24)
    need(all(lengths) and sum(lengths) == plain, "chunk lengths of a record")
    start = 24 + 4 * n + 32 * bases
    need(len(data) == start + payload, "record size")
    need(crc32c(data[:20] + data[24:]) == crc if len(data) < 8192 else True, "record CRC")
    need(bases == 0 or base is not None, "a base that has a base")
    ids = [data[24 + 4 * n + 32 * i:56 + 4 * n + 32 * i] for i in range(bases)]
    return decode(codec, data[start:], plain, [base(chunk) for chunk in ids])


def read_table(data):
    """Chunk id -> list of (pack id or None, record offset, record size, offset in plain, length, codec)."""
    (magic, version, digest, cipher, packs, features, _key, records, bases, chunks, fan, _zero, crc) = struct.unpack_from(
        "<8sHBBIQ16sIIIB7sI", data)
    need(magic == b"\x89CRNTBL\n" and (version, digest, cipher, features) == (1, 1, 0, 0), "table header")
    need(crc == crc32c(data[:60]), "table header CRC")
    at = 64
    starts = []
    for i in range(packs):
        pack, _size, first, _kind = struct.unpack_from("<32sQIB", data, at + 48 * i)
        starts.append((first, pack))
    at += 48 * packs
    entries = [struct.unpack_from("<IIIIIIB", data, at + 32 * i) for i in range(records)]
    at += 32 * records + 32 * bases + 4 * (2**fan + 1)
    ids, places = at, at + 32 * chunks
    need(places + 12 * chunks + 4 == len(data), "table size")

    def pack_of(record):
        found = None
        for first, pack in starts:
            if first <= record:
                found = pack
        return found

    out = {}
    for i in range(chunks):
        record, offset, length = struct.unpack_from("<III", data, places + 12 * i)
        place = (pack_of(record), *entries[record][:2], offset, length, entries[record][6])
        out.setdefault(data[ids + 32 * i:ids + 32 * i + 32], []).append(place)
    return out


def read_footer(path):
    """The footer of a pack file -> table; checks header, trailer and name."""
    with open(path, "rb") as file:
        header = file.read(64)
        need(header[:8] == b"\x89CRNPACK" and header[8:11] == b"\x01\x00\x01", "pack header")
        need(struct.unpack_from("<I", header, 60)[0] == crc32c(header[:60]), "pack header CRC")
        size = os.fstat(file.fileno()).st_size
        file.seek(size - 16)
        trailer = file.read(16)
        length, crc, own, magic = struct.unpack("<III4s", trailer)
        need(magic == b"CRNE" and own == crc32c(trailer[:8]), "pack trailer")
        file.seek(size - 16 - length)
        footer = file.read(length)
    need(crc == crc32c(footer), "footer CRC")
    need(sha256(header + footer).hex() == os.path.basename(path), "pack name")
    return read_table(footer)


class Packs:
    """Chunks out of a directory that holds packs/ab/<id>: a store, or a directory remote."""

    def __init__(self, root):
        self.root = root
        self.index = None
        self.bases = {}  # of pages: id -> place, as a root table tells

    def path(self, pack):
        return os.path.join(self.root, "packs", pack.hex()[:2], pack.hex())

    def at(self, pack, offset, size, inner, length, codec=None, base=None):
        with open(self.path(pack), "rb") as file:
            file.seek(offset)
            plain = read_record(file.read(size), base or self.base)
        return plain[inner:inner + length]

    def base(self, chunk_id):
        """A base, which is found only as codec 0 to 2."""
        if self.index is None and chunk_id not in self.bases:
            self.load_index()
        copies = [self.bases[chunk_id]] if chunk_id in self.bases else [place for place in self.index.get(chunk_id, []) if place[5] <= 2]
        need(copies, "base is not here: " + chunk_id.hex())

        def none(_):
            raise Bad("a base that has a base")
        data = self.at(*copies[0], base=none)
        need(sha256(data) == chunk_id, "base hash")
        return data

    def load_index(self):
        """Every pack's own footer: needs no segment, as the man page promises."""
        self.index = {}
        base = os.path.join(self.root, "packs")
        for folder in sorted(os.listdir(base)):
            for name in sorted(os.listdir(os.path.join(base, folder))):
                pack = bytes.fromhex(name)
                for chunk, places in read_footer(self.path(pack)).items():
                    self.index.setdefault(chunk, []).extend((pack, *place[1:]) for place in places)

    def chunk(self, chunk_id):
        if self.index is None:
            self.load_index()
        need(chunk_id in self.index, "chunk is not here: " + chunk_id.hex())
        data = self.at(*self.index[chunk_id][0])
        need(sha256(data) == chunk_id, "chunk hash")
        return data


# ---- cairn-store(5): PAGES ----------------------------------------------------------------------------------------
def read_page(data, kind):
    magic, found, version, level, flags, entries, zero = struct.unpack_from("<4sBBBBII", data)
    need(magic == b"CRNP" and found == kind and version == 1 and flags in (0, 1) and zero == 0, "page header")
    return level, flags == 1, entries


def recipe_chunks(fetch, page_id):
    data = fetch(page_id)
    level, top, entries = read_page(data, 2)
    at = 16 + (40 if top else 0)
    for i in range(entries):
        if level == 0:
            yield struct.unpack_from("<32sI", data, at + 36 * i)
        else:
            yield from recipe_chunks(fetch, data[at + 48 * i:at + 48 * i + 32])


def manifest_entries(fetch, page_id):
    data = fetch(page_id)
    level, _top, entries = read_page(data, 1)
    at = 16
    for _ in range(entries):
        if level > 0:
            length = struct.unpack_from("<H", data, at + 48)[0]
            yield from manifest_entries(fetch, data[at:at + 32])
            at += 50 + length
            continue
        kind, flags, path_length, n, zero = struct.unpack_from("<BBHHH", data, at)
        need(zero == 0, "entry header")
        at += 8
        entry = {"kind": kind, "exec": flags == 1, "path": data[at:at + path_length]}
        at += path_length
        if kind == 2:
            entry["target"] = data[at:at + n]
            at += n
        elif kind == 1:
            entry["size"], entry["id"] = struct.unpack_from("<Q32s", data, at)
            at += 40
            entry["chunks"] = [(entry["id"], entry["size"])] if n == 1 else []
            if n == 65535:
                entry["recipe"] = data[at:at + 32]
                at += 32
            elif n > 1:
                entry["chunks"] = [struct.unpack_from("<32sI", data, at + 36 * i) for i in range(n)]
                at += 36 * n
        yield entry
    need(at == len(data), "bytes left over in a page")


# ---- cairn-remote(7) ----------------------------------------------------------------------------------------------
def root_places(packs, project, closure):
    """Reads root and root table; page id -> place, so that pages need no index."""
    config = json.load(open(os.path.join(packs.root, "cairn.json")))
    need(config["cairn"] == 1 and config["digest"] == "sha256" and not config["features"], "cairn.json")
    root = open(os.path.join(packs.root, "roots", project, closure.hex()), "rb").read()
    need(root[:8] == b"\x89CRNROOT" and sha256(root[:-32]) == root[-32:] and root[40:72] == closure, "root")
    places = {}

    def walk(page_id, place):
        data = packs.at(*place)
        need(sha256(data) == page_id, "root table page")
        level, _top, entries = read_page(data, 3)
        at = 16
        ids = []
        if level == 0:
            count = struct.unpack_from("<I", data, at)[0]
            ids = [data[at + 4 + 32 * i:at + 36 + 32 * i] for i in range(count)]
            at += 4 + 32 * count
        for _ in range(entries):
            if level > 0:
                child, pack, *rest = struct.unpack_from("<32s32sIIII", data, at)
                walk(child, (pack, *rest))
                at += 88
                continue
            sort, depth, marks, page, number, *rest = struct.unpack_from("<BBBx32sIIIII", data, at)
            need(sort <= 3 and (sort != 3 or (depth, marks) == (0, 0)), "root table entry")
            (packs.bases if sort == 3 else places)[page] = (ids[number], *rest)
            at += 4 + 32 + 20 + 32 + 20

    top, pack, *rest = struct.unpack_from("<32s32sIIII", root, 120)
    walk(top, (pack, *rest))
    return places


# ---- writing ------------------------------------------------------------------------------------------------------
def write_file(path, chunks, fetch, expected_id, expected_size, executable):
    digest, size = hashlib.sha256(), 0
    with open(path, "xb") as out:
        for chunk, length in chunks:
            data = fetch(chunk)
            need(len(data) == length, "chunk length")
            digest.update(data)
            size += length
            out.write(data)
    need(digest.digest() == expected_id and size == expected_size, "file id or size")
    os.chmod(path, 0o755 if executable else 0o644)


def restore(pointer, fetch, out):
    if pointer["kind"] == "file":
        chunks = [(pointer["oid"], pointer["size"])] if pointer["size"] else []
        if pointer["tree"]:
            chunks = recipe_chunks(fetch, pointer["tree"])
        write_file(out, chunks, fetch, pointer["oid"], pointer["size"], pointer["exec"])
        return
    os.mkdir(out)
    files, last = 0, None
    for entry in manifest_entries(fetch, pointer["oid"]):
        need(last is None or last < entry["path"], "entries out of order")
        last = entry["path"]
        need(b".." not in last.split(b"/") and not last.startswith(b"/"), "path leaves the folder")
        path = os.path.join(os.fsencode(out), last)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if entry["kind"] == 2:
            os.symlink(entry["target"], path)
        elif entry["kind"] == 3:
            os.mkdir(path)
        else:
            chunks = recipe_chunks(fetch, entry["recipe"]) if "recipe" in entry else entry["chunks"]
            write_file(path, chunks, fetch, entry["id"], entry["size"], entry["exec"])
            files += 1
    need(files == pointer["files"], "number of files")


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "store":
        packs = Packs(arguments[1])
        restore(read_pointer(arguments[2]), packs.chunk, arguments[3])
    elif len(arguments) == 5 and arguments[0] == "remote":
        packs = Packs(arguments[1])
        pointer = read_pointer(arguments[3])
        closure = pointer["tree"] or pointer["oid"]
        places = root_places(packs, arguments[2], closure) if pointer["size"] or pointer["kind"] == "folder" else {}

        def fetch(chunk):
            if chunk not in places:
                return packs.chunk(chunk)
            data = packs.at(*places[chunk])
            need(sha256(data) == chunk, "page hash")
            return data

        restore(pointer, fetch, arguments[4])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
