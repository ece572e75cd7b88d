# SPDX-License-Identifier: Apache-2.0
"""The protobuf wire format, by hand: what tests need to send and read device-session messages in any
shape, right or wrong, without the product's codec."""
import struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(value, width=1):
    """Of an unsigned number; width: at least that many bytes (over-long, as some encoders write)."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes((value,))


def signed(value):
    """The varint of an int32 or enum: negative numbers take ten bytes."""
    return varint(value & 0xFFFFFFFFFFFFFFFF)


def read_varint(data, at=0):
    """(value, next position); ValueError when it does not end or is longer than ten bytes."""
    value = 0
    for i in range(10):
        if at + i >= len(data):
            raise ValueError("varint ends early")
        value |= (data[at + i] & 0x7F) << (7 * i)
        if data[at + i] < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + i + 1
    raise ValueError("varint too long")


def as_int32(value):
    """A decoded varint as a signed number."""
    return value - (1 << 64) if value >> 63 else value


def number(field, value):
    return varint(field << 3 | VARINT) + signed(value)


def fixed32(field, value):
    return varint(field << 3 | FIXED32) + struct.pack("<I", value)


def fixed64(field, value):
    return varint(field << 3 | FIXED64) + struct.pack("<Q", value)


def chunk(field, data, width=1):
    """A length-delimited field: bytes, text or a message. width: of the length."""
    data = data.encode() if isinstance(data, str) else bytes(data)
    return varint(field << 3 | BYTES) + varint(len(data), width) + data


def fields(data):
    """[(field, value)] in order; numbers as int, the rest as bytes. ValueError on anything malformed."""
    out, at = [], 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = read_varint(data, at)
        elif kind == BYTES:
            size, at = read_varint(data, at)
            value, at = data[at:at + size], at + size
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
            value, at = int.from_bytes(data[at:at + size], "little"), at + size
        else:
            raise ValueError(f"wire type {kind}")
        if at > len(data):
            raise ValueError("field ends early")
        out.append((key >> 3, value))
    return out


def one(data, field, default=None):
    """The last value of a field, as protobuf has it."""
    found = [value for number_, value in fields(data) if number_ == field]
    return found[-1] if found else default
