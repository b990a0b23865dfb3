#!/usr/bin/env python3
"""Writes the store and pointer that an attacker would: whole packs with right checksums around wrong content, by
cairn-store(5) and cairn-pointer(5) alone.

  hostile_store.py STORE_DIR POINTER CASE      STORE_DIR holds a store's `format` already
  hostile_store.py --cases
"""
import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cairn_reader import crc32c, sha256  # noqa: E402

CONTENT = b"written by an attacker\n"
FILE, LINK, FOLDER = 1, 2, 3


# ---- structures ---------------------------------------------------------------------------------------------------
def record(payload):
    head = struct.pack("<4sBBBBIII", b"CRNR", 0, 0, 0, 0, 1, len(payload), len(payload))
    lengths = struct.pack("<I", len(payload))
    return head + struct.pack("<I", crc32c(head + lengths + payload)) + lengths + payload


def table(records):
    """Footer over [(offset, record bytes, plain bytes)], one chunk a record."""
    count = len(records)
    fan_bits = next(f for f in range(21) if count <= 8 * 2**f)
    head = struct.pack("<8sHBBIQ16sIIIB7s", b"\x89CRNTBL\n", 1, 1, 0, 0, 0, bytes(16), count, 0, count, fan_bits, bytes(7))
    rows = b"".join(struct.pack("<IIIIIIBB6s", offset, len(whole), len(plain), struct.unpack_from("<I", whole, 20)[0], 1, 0, 0,
                                0, bytes(6)) for offset, whole, plain in records)
    chunks = sorted((sha256(plain), i, len(plain)) for i, (_, _, plain) in enumerate(records))
    firsts = [int.from_bytes(chunk[:4], "big") >> (32 - fan_bits) if fan_bits else 0 for chunk, _, _ in chunks]
    fan = b"".join(struct.pack("<I", sum(first < i for first in firsts)) for i in range(2**fan_bits + 1))
    body = rows + fan + b"".join(chunk for chunk, _, _ in chunks)
    body += b"".join(struct.pack("<III", i, 0, length) for _, i, length in chunks)
    return head + struct.pack("<I", crc32c(head)) + body + struct.pack("<I", crc32c(body))


def write_pack(store, kind, payloads):
    header = struct.pack("<8sHBBB3sQ16s16sI", b"\x89CRNPACK", 1, 1, kind, 0, bytes(3), 0, bytes(16), os.urandom(16), 0)
    header += struct.pack("<I", crc32c(header))
    body, records = b"", []
    for plain in payloads:
        whole = record(plain)
        records.append((64 + len(body), whole, plain))
        body += whole
    footer = table(records)
    trailer = struct.pack("<II", len(footer), crc32c(footer))
    trailer += struct.pack("<I4s", crc32c(trailer), b"CRNE")
    name = sha256(header + footer).hex()
    os.makedirs(os.path.join(store, "packs", name[:2]), exist_ok=True)
    with open(os.path.join(store, "packs", name[:2], name), "wb") as out:
        out.write(header + body + footer + trailer)


def entry(path, kind=FILE, target=b"", size=len(CONTENT), file_id=sha256(CONTENT)):
    count = {FILE: 1, LINK: len(target), FOLDER: 0}[kind]
    head = struct.pack("<BBHHH", kind, 0, len(path), count, 0) + path
    return head + (struct.pack("<Q", size) + file_id if kind == FILE else target)


def page(entries, level=0, top=1, count=None):
    count = len(entries) if count is None else count
    return struct.pack("<4sBBBBII", b"CRNP", 1, 1, level, top, count, 0) + b"".join(entries)


def inner(child, last, files=1, size=len(CONTENT)):
    return struct.pack("<32sQQH", sha256(child), files, size, len(last)) + last


def pointer(oid, files=1, size=len(CONTENT)):
    text = f"version cairn-pointer/1\nkind folder\noid sha256:{oid.hex()}\nsize {size}\nfiles {files}\n".encode()
    return text + b"check " + sha256(text).hex()[:32].encode() + b"\n"


# ---- cases: name -> pages, the top one last, and what the pointer claims --------------------------------------------
def one(*entries, **claims):
    return [page(list(entries))], claims


def tower(levels):
    """Inner pages above one leaf, more than there may be."""
    pages = [page([entry(b"a"), entry(b"b")], top=0)]
    for level in range(1, levels):
        pages.append(page([inner(pages[-1], b"b", 2, 2 * len(CONTENT))], level=level & 255, top=0))
    pages.append(page([inner(pages[-1], b"b", 2, 2 * len(CONTENT))] * 2, level=levels & 255))
    return pages, {"files": 4, "size": 4 * len(CONTENT)}


def wide(times):
    """One leaf named again and again: small here, endless when it is followed."""
    leaf = page([entry(b"a"), entry(b"b")], top=0)
    return [leaf, page([inner(leaf, b"b", 2, 2 * len(CONTENT))] * times, level=1)], {"files": 2 * times,
                                                                                 "size": 2 * times * len(CONTENT)}


CONTROL = one(entry(b"a/fine"), entry(b"link", LINK, b"a/fine"))  # nothing is wrong with it: the tool works
CASES = {
    "parent": one(entry(b"../evil")),
    "inner-parent": one(entry(b"a/../../evil")),
    "absolute": one(entry(b"/tmp/cairn-evil")),
    "dot": one(entry(b"./evil")),
    "empty-component": one(entry(b"a//evil")),
    "git-folder": one(entry(b".git/hooks/post-checkout")),
    "git-folder-case": one(entry(b"x/.GiT/config")),
    "git-folder-short": one(entry(b"git~1/config")),
    "git-folder-ignorable": one(entry(".g\u200cit/config".encode())),
    "git-folder-stream": one(entry(b".git::$INDEX_ALLOCATION/config")),
    "git-folder-backslash": one(entry(b"x\\.git\\config")),
    "nul": one(entry(b"evil\0.txt")),
    "not-utf8": one(entry(b"evil\xff")),
    "duplicate": one(entry(b"evil"), entry(b"evil"), files=2, size=2 * len(CONTENT)),
    "unsorted": one(entry(b"b"), entry(b"a"), files=2, size=2 * len(CONTENT)),
    "file-as-parent": one(entry(b"a"), entry(b"a/evil"), files=2, size=2 * len(CONTENT)),
    "link-as-parent": one(entry(b"a", LINK, b"/tmp"), entry(b"a/cairn-evil")),
    "link-with-nul": one(entry(b"a", LINK, b"/tmp\0/x"), files=0, size=0),
    "lying-count": ([page([entry(b"a")], count=2)], {"files": 2}),
    "huge-count": ([page([entry(b"a")], count=2**32 - 1)], {"files": 2**32 - 1}),
    "huge-files": one(entry(b"a"), files=2**62),
    "huge-size": one(entry(b"a", size=2**62), size=2**62),
    "long-path": one(entry(b"a/" * 2040 + b"a" * 200)),
    "unknown-type": one(entry(b"a").replace(b"\1", b"\7", 1)),
    "bytes-left-over": ([page([entry(b"a")]) + b"x"], {}),
    "tower": tower(17),
    "deepest-tower": tower(300),
    "repeated-pages": wide(8000),
    "wrong-sums": ([page([entry(b"a"), entry(b"b")], top=0)], None),  # completed below
}
LEAF = CASES["wrong-sums"][0][0]
CASES["wrong-sums"] = ([LEAF, page([inner(LEAF, b"a"), inner(LEAF, b"b")], level=1)], {"files": 2, "size": 2 * len(CONTENT)})


def main(arguments):
    if arguments == ["--cases"]:
        print("\n".join(CASES))
        return
    store, pointer_file, case = arguments
    pages, claims = CONTROL if case == "control" else CASES[case]
    write_pack(store, 1, [CONTENT])
    write_pack(store, 2, list(dict.fromkeys(pages)))
    with open(pointer_file, "wb") as out:
        out.write(pointer(sha256(pages[-1]), **claims))


if __name__ == "__main__":
    assert hashlib.sha256(b"").digest() == sha256(b"")
    main(sys.argv[1:])
