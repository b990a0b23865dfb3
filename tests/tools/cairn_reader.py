#!/usr/bin/env python3
"""Reads cairn versions with nothing but the man pages: cairn-pointer(5), cairn-store(5), cairn-remote(7).

Written apart from the program, in another language, sharing no code: that it restores the same bytes shows that
the formats are documented. Slow, strict, read-only.

  cairn_reader.py store  STORE_DIR POINTER OUT
  cairn_reader.py remote REMOTE_DIR PROJECT POINTER OUT

POINTER is a .cairn file; OUT is the file or folder to create.
"""
import functools
import glob
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
    ids = {key: bytes.fromhex(re.fullmatch(r"sha256:([0-9a-f]{64})", fields[key])[1]) for key in ("oid", "tree") if key in fields}
    return {"kind": fields["kind"], "oid": ids["oid"], "tree": ids.get("tree"), "size": int(fields["size"]),
            "files": int(fields.get("files", 1)), "exec": fields.get("exec") == "1"}


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
    need(magic == b"\x89CRNTBL\n" and (version, digest, cipher, features, crc) == (1, 1, 0, 0, crc32c(data[:60])), "table header")
    first_of = {}  # record number -> the pack whose records begin there
    for i in range(packs):
        pack, _size, first, _kind = struct.unpack_from("<32sQIB", data, 64 + 48 * i)
        first_of[first] = pack
    at, places, pack = 64 + 48 * packs, [], None
    for i in range(records):
        pack = first_of.get(i, pack)
        offset, size, *_, codec = struct.unpack_from("<IIIIIIB", data, at + 32 * i)
        places.append((pack, offset, size, codec))
    ids = at + 32 * records + 32 * bases + 4 * (2**fan + 1)
    need(ids + 44 * chunks + 4 == len(data), "table size")
    out = {}
    for i in range(chunks):
        record, inner, length = struct.unpack_from("<III", data, ids + 32 * chunks + 12 * i)
        pack, offset, size, codec = places[record]
        out.setdefault(data[ids + 32 * i:ids + 32 * i + 32], []).append((pack, offset, size, inner, length, codec))
    return out


def read_footer(path):
    """The footer of a pack file -> table; checks header, trailer and name."""
    data = open(path, "rb").read()
    header, trailer = data[:64], data[-16:]
    need(header[:11] == b"\x89CRNPACK\x01\x00\x01" and header[60:] == struct.pack("<I", crc32c(header[:60])), "pack header")
    length, crc, own, magic = struct.unpack("<III4s", trailer)
    need(magic == b"CRNE" and own == crc32c(trailer[:8]), "pack trailer")
    footer = data[-16 - length:-16]
    need(crc == crc32c(footer) and sha256(header + footer).hex() == os.path.basename(path), "footer CRC or pack name")
    return read_table(footer)


class Packs:
    """Chunks out of a directory that holds packs/ab/<id>: a store, or a directory remote."""

    def __init__(self, root):
        self.root = root
        self.bases = {}  # of pages: id -> place, as a root table tells

    @functools.cached_property
    def index(self):
        """Every pack's own footer: needs no segment, as the man page promises."""
        out = {}
        for path in sorted(glob.glob(os.path.join(glob.escape(self.root), "packs", "*", "*"))):
            for chunk, places in read_footer(path).items():
                out.setdefault(chunk, []).extend((bytes.fromhex(os.path.basename(path)), *place[1:]) for place in places)
        return out

    def at(self, pack, offset, size, inner, length, _codec=None, with_base=True):
        with open(os.path.join(self.root, "packs", pack.hex()[:2], pack.hex()), "rb") as file:
            file.seek(offset)
            return read_record(file.read(size), self.base if with_base else None)[inner:inner + length]

    def base(self, chunk_id):
        """A base, which is found only as codec 0 to 2, so without a base of its own."""
        known = self.bases.get(chunk_id)
        copies = [known] if known else [place for place in self.index.get(chunk_id, []) if place[5] <= 2]
        need(copies, "base is not here: " + chunk_id.hex())
        data = self.at(*copies[0], with_base=False)
        need(sha256(data) == chunk_id, "base hash")
        return data

    def chunk(self, chunk_id, place=None):
        need(place or chunk_id in self.index, "chunk is not here: " + chunk_id.hex())
        data = self.at(*(place or self.index[chunk_id][0]))
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
        entry = {"kind": kind, "exec": flags == 1, "path": data[at + 8:at + 8 + path_length]}
        at += 8 + path_length
        if kind == 2:
            entry["target"] = data[at:at + n]
            at += n
        elif kind == 1:
            entry["size"], entry["id"] = struct.unpack_from("<Q32s", data, at)
            entry["recipe"] = data[at + 40:at + 72] if n == 65535 else None
            listed = n if 1 < n < 65535 else 0
            entry["chunks"] = [(entry["id"], entry["size"])] if n == 1 else [
                struct.unpack_from("<32sI", data, at + 40 + 36 * i) for i in range(listed)]
            at += 40 + 36 * listed + (32 if n == 65535 else 0)
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
        data = packs.chunk(page_id, place)
        level, _top, entries = read_page(data, 3)
        at = 16
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
def write_file(path, chunks, fetch, file_id, size, executable):
    digest = hashlib.sha256()
    with open(path, "xb") as out:
        for chunk, length in chunks:
            data = fetch(chunk)
            need(len(data) == length, "chunk length")
            digest.update(data)
            out.write(data)
    need(digest.digest() == file_id and os.path.getsize(path) == size, "file id or size")
    os.chmod(path, 0o755 if executable else 0o644)


def restore(pointer, fetch, out):
    if pointer["kind"] == "file":
        one = [(pointer["oid"], pointer["size"])] if pointer["size"] else []
        chunks = recipe_chunks(fetch, pointer["tree"]) if pointer["tree"] else one
        return write_file(out, chunks, fetch, pointer["oid"], pointer["size"], pointer["exec"])
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
            chunks = recipe_chunks(fetch, entry["recipe"]) if entry["recipe"] else entry["chunks"]
            write_file(path, chunks, fetch, entry["id"], entry["size"], entry["exec"])
            files += 1
    need(files == pointer["files"], "number of files")


def main(arguments):
    if (arguments[:1], len(arguments)) not in ((["store"], 4), (["remote"], 5)):
        sys.exit(__doc__)
    _kind, root, *project, path, out = arguments
    packs, pointer, places = Packs(root), read_pointer(path), {}
    if project and (pointer["size"] or pointer["kind"] == "folder"):
        places = root_places(packs, project[0], pointer["tree"] or pointer["oid"])
    restore(pointer, lambda chunk: packs.chunk(chunk, places.get(chunk)), out)


if __name__ == "__main__":
    main(sys.argv[1:])
