"""Checksums and payloads of cairn records, by cairn-store(5) alone: CRC-32C, zstd frames, planes, differences, patches. Part of
cairn_reader.py, and like it written apart from the program."""
import ctypes
import ctypes.util
import hashlib
import struct

MAX_CHUNK = 1 << 20


class Bad(Exception):
    """The bytes are not what the man pages say."""


def need(condition, what):
    if not condition:
        raise Bad(what)


def sha256(data):
    return hashlib.sha256(data).digest()


# ---- CRC-32C ----------------------------------------------------------------------------------------------------
def _crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


CRC_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


need(crc32c(b"123456789") == 0xE3069283, "CRC-32C self-test")

# ---- zstd, from the system's library ------------------------------------------------------------------------------
ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
ZSTD.ZSTD_decompress.restype = ctypes.c_size_t
ZSTD.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
ZSTD.ZSTD_getFrameContentSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


ZSTD.ZSTD_createDCtx.restype = ctypes.c_void_p
ZSTD.ZSTD_freeDCtx.argtypes = [ctypes.c_void_p]
ZSTD.ZSTD_DCtx_refPrefix.restype = ctypes.c_size_t
ZSTD.ZSTD_DCtx_refPrefix.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
ZSTD.ZSTD_decompressDCtx.restype = ctypes.c_size_t
ZSTD.ZSTD_decompressDCtx.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


def zstd(frame, plain_length, prefix=b""):
    need(ZSTD.ZSTD_getFrameContentSize(frame, len(frame)) == plain_length, "zstd frame without its size")
    out = ctypes.create_string_buffer(plain_length)
    context = ZSTD.ZSTD_createDCtx()
    if prefix:
        need(ZSTD.ZSTD_DCtx_refPrefix(context, prefix, len(prefix)) == 0, "zstd prefix")
    written = ZSTD.ZSTD_decompressDCtx(context, out, plain_length, frame, len(frame))
    ZSTD.ZSTD_freeDCtx(context)
    need(written == plain_length, "zstd frame does not decode")
    return out.raw


def planes(payload, plain_length, base=None):
    """cairn-store(5), Planes payload; with a base the difference of codec 3."""
    need(len(payload) >= 2, "planes cut short")
    width, flags = payload[0], payload[1]
    rotated, head = flags & 1, flags >> 1
    need(width in (1, 2, 4, 8) and head < width and not (rotated and base is not None), "planes header")
    words = (plain_length - head) // width
    need(plain_length >= head and words >= 1, "planes without a word")
    at = 2 + 5 * width
    columns = []
    for k in range(width):
        method, stored = struct.unpack_from("<BI", payload, 2 + 5 * k)
        need(method in (0, 1), f"plane method {method} is newer than this reader")
        data = payload[at:at + stored]
        need(len(data) == stored and (method == 1 or stored == words), "plane length")
        columns.append(zstd(data, words) if method else data)
        at += stored
    tail = (plain_length - head) % width
    need(at + head + tail == len(payload), "bytes left over in planes")
    swapped = bytearray(words * width)  # each word big-endian, as the planes come
    for k in range(width):
        swapped[k::width] = columns[k]
    letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
    z = struct.unpack(f">{words}{letter}", swapped)
    top, mask = 8 * width - 1, (1 << 8 * width) - 1
    if base is not None:
        b = struct.unpack_from(f"<{words}{letter}", base, head)
        z = [(((v >> 1) ^ (mask if v & 1 else 0)) + w) & mask for v, w in zip(z, b)]
    elif rotated:
        z = [(v >> 1) | (v & 1) << top for v in z]
    ends = payload[at:]
    return ends[:head] + struct.pack(f"<{words}{letter}", *z) + ends[head:]


def decode(codec, payload, plain_length, bases=()):
    if codec == 0:
        need(len(payload) == plain_length, "raw payload of another length")
        return payload
    if codec == 1:
        return zstd(payload, plain_length)
    if codec == 2:
        return planes(payload, plain_length)
    if codec == 3:
        need(len(bases) == 1 and len(bases[0]) == plain_length, "the base of a difference")
        return planes(payload, plain_length, bases[0])
    need(codec == 4, f"codec {codec} is newer than this reader")
    prefix = b"".join(bases)
    need(1 <= len(bases) <= 8 and len(prefix) <= MAX_CHUNK, "the bases of a patch")
    return zstd(payload, plain_length, prefix)
