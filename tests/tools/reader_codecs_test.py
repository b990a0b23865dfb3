#!/usr/bin/env python3
"""The independent reader reads the golden records of codecs 2 to 4, with plain bytes from the formulas of cairn-store(5)."""
import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cairn_reader  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "data")
LINE = b"all work and no play\n" * 20
WORDS = [LINE[i] << 8 | i * 7 & 255 for i in range(420)]


def record(name):
    return open(os.path.join(DATA, name), "rb").read()


def bases(*plains):
    return {hashlib.sha256(plain).digest(): plain for plain in plains}.__getitem__


def between_ends(words):
    return b"<" + b"".join(word.to_bytes(2, "little") for word in words) + b">"


class Codecs(unittest.TestCase):
    def test_planes(self):
        plain = cairn_reader.read_record(record("record-planes.bin"))
        self.assertEqual(plain, between_ends([w >> 1 | (w & 1) << 15 for w in WORDS]))

    def test_difference(self):
        base = bytes((i * 11 + 3) & 255 for i in range(842))
        plain = cairn_reader.read_record(record("record-difference.bin"), bases(base))
        differences = [-(z >> 1) - 1 if z & 1 else z >> 1 for z in WORDS]
        words = [(d + int.from_bytes(base[1 + 2 * i:3 + 2 * i], "little")) & 0xFFFF for i, d in enumerate(differences)]
        self.assertEqual(plain, between_ends(words))

    def test_patch(self):
        first = bytes((i * i >> 2 ^ i) & 255 for i in range(300))
        second = bytes((i * i >> 3 ^ i * 5) & 255 for i in range(300))
        plain = bytearray(first + second)
        plain[100] = plain[420] = ord("!")
        plain[300:300] = b"new"
        self.assertEqual(cairn_reader.read_record(record("record-patch-frame.bin"), bases(first, second)), bytes(plain))

    def test_no_base_without_a_copy(self):
        with self.assertRaises(cairn_reader.Bad):
            cairn_reader.read_record(record("record-difference.bin"))


if __name__ == "__main__":
    unittest.main()
