#!/usr/bin/env python3
"""Writes a pack of differences (codec 3) by cairn-store(5) alone: each file of one chunk in NEW, based on the file of the same name
in OLD. Both are fp32-like words that differ in the lowest byte, by less than 128.

  delta_pack.py STORE_DIR OLD NEW      prints the path of the pack, which has no index yet
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cairn_reader import crc32c, sha256  # noqa: E402

WORD = 4


def zeros(count):
    """A zstd frame of `count` zero bytes: one block that repeats a byte."""
    assert 256 <= count < 256 + 65536
    return b"\x28\xb5\x2f\xfd\x60" + struct.pack("<H", count - 256) + struct.pack("<I", count << 3 | 1 << 1 | 1)[:3] + b"\0"


def difference(old, new):
    words = len(new) // WORD
    assert len(old) == len(new) == words * WORD
    lowest = bytearray()
    for i in range(0, len(new), WORD):
        step = new[i] - old[i]
        assert -128 < step < 128 and old[i + 1:i + WORD] == new[i + 1:i + WORD]
        lowest.append(step << 1 if step >= 0 else (-step << 1) - 1)
    empty = zeros(words)
    head = bytes([WORD, 0]) + struct.pack("<BI", 1, len(empty)) * (WORD - 1) + struct.pack("<BI", 0, words)
    return head + empty * (WORD - 1) + bytes(lowest)


def record(old, new):
    payload = difference(old, new)
    head = struct.pack("<4sBBBBIII", b"CRNR", 3, 0, 1, 0, 1, len(payload), len(new))
    rest = struct.pack("<I", len(new)) + sha256(old)
    return head + struct.pack("<I", crc32c(head + rest + payload)) + rest + payload


def table(records):
    """Footer over [(offset, record, old, new)]."""
    count = len(records)
    fan_bits = next(f for f in range(21) if count <= 8 * 2**f)
    head = struct.pack("<8sHBBIQ16sIIIB7s", b"\x89CRNTBL\n", 1, 1, 0, 0, 0, bytes(16), count, count, count, fan_bits, bytes(7))
    rows = b"".join(struct.pack("<IIIIIIBB6s", offset, len(whole), len(new), struct.unpack_from("<I", whole, 20)[0], 1, i, 3, 1,
                                bytes(6)) for i, (offset, whole, _, new) in enumerate(records))
    bases = b"".join(sha256(old) for _, _, old, _ in records)
    chunks = sorted((sha256(new), i, len(new)) for i, (_, _, _, new) in enumerate(records))
    firsts = [int.from_bytes(chunk[:4], "big") >> (32 - fan_bits) if fan_bits else 0 for chunk, _, _ in chunks]
    fan = b"".join(struct.pack("<I", sum(first < i for first in firsts)) for i in range(2**fan_bits + 1))
    body = rows + bases + fan + b"".join(chunk for chunk, _, _ in chunks)
    body += b"".join(struct.pack("<III", i, 0, length) for _, i, length in chunks)
    return head + struct.pack("<I", crc32c(head)) + body + struct.pack("<I", crc32c(body))


def write_pack(store, pairs):
    header = struct.pack("<8sHBBB3sQ16s16sI", b"\x89CRNPACK", 1, 1, 1, 0, bytes(3), 0, bytes(16), os.urandom(16), 0)
    header += struct.pack("<I", crc32c(header))
    body, records = b"", []
    for old, new in pairs:
        whole = record(old, new)
        records.append((64 + len(body), whole, old, new))
        body += whole
    footer = table(records)
    trailer = struct.pack("<II", len(footer), crc32c(footer))
    trailer += struct.pack("<I4s", crc32c(trailer), b"CRNE")
    name = sha256(header + footer).hex()
    path = os.path.join(store, "packs", name[:2], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(header + body + footer + trailer)
    return path


def main(store, old, new):
    def load(folder, name):
        with open(os.path.join(folder, name), "rb") as stream:
            return stream.read()
    names = sorted(os.listdir(new))
    print(write_pack(store, [(load(old, name), load(new, name)) for name in names]))


if __name__ == "__main__":
    main(*sys.argv[1:])
