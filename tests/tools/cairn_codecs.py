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
CRC_TABLE = list(range(256))
for _ in range(8):
    CRC_TABLE = [n >> 1 ^ (0x82F63B78 if n & 1 else 0) for n in CRC_TABLE]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


# ---- zstd, from the system's library ------------------------------------------------------------------------------
ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
ZSTD.ZSTD_createDCtx.restype = ctypes.c_void_p


def zstd(frame, plain_length, prefix=b""):
    size = ctypes.c_size_t
    need(ZSTD.ZSTD_getFrameContentSize(frame, size(len(frame))) == plain_length, "zstd frame without its size")
    out, context = ctypes.create_string_buffer(plain_length), ctypes.c_void_p(ZSTD.ZSTD_createDCtx())
    need(not prefix or ZSTD.ZSTD_DCtx_refPrefix(context, prefix, size(len(prefix))) == 0, "zstd prefix")
    written = ZSTD.ZSTD_decompressDCtx(context, out, size(plain_length), frame, size(len(frame)))
    ZSTD.ZSTD_freeDCtx(context)
    need(written == plain_length, "zstd frame does not decode")
    return out.raw


# ---- payloads -----------------------------------------------------------------------------------------------------
def planes(payload, plain_length, base=None):
    """cairn-store(5), Planes payload; with a base the difference of codec 3."""
    need(len(payload) >= 2, "planes cut short")
    width, flags = payload[0], payload[1]
    rotated, head = flags & 1, flags >> 1
    need(width in (1, 2, 4, 8) and head < width and not (rotated and base is not None), "planes header")
    words, tail = divmod(plain_length - head, width)
    need(words >= 1, "planes without a word")
    at = 2 + 5 * width
    swapped = bytearray(words * width)  # each word big-endian, as the planes come
    for k in range(width):
        method, stored = struct.unpack_from("<BI", payload, 2 + 5 * k)
        need(method in (0, 1), f"plane method {method} is newer than this reader")
        data = payload[at:at + stored]
        need(len(data) == stored and (method == 1 or stored == words), "plane length")
        swapped[k::width] = zstd(data, words) if method else data
        at += stored
    need(at + head + tail == len(payload), "bytes left over in planes")
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
    need(codec <= 4, f"codec {codec} is newer than this reader")
    if codec == 0:
        need(len(payload) == plain_length, "raw payload of another length")
        return payload
    if codec in (1, 4):
        prefix = b"".join(bases)
        need((codec == 1) == (not bases) and len(bases) <= 8 and len(prefix) <= MAX_CHUNK, "the bases of a patch")
        return zstd(payload, plain_length, prefix)
    need(codec == 2 or len(bases) == 1 and len(bases[0]) == plain_length, "the base of a difference")
    return planes(payload, plain_length, bases[0] if codec == 3 else None)
