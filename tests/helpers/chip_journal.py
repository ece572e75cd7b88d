# SPDX-License-Identifier: Apache-2.0
"""What a virtual chip's state file says, read from docs/formats/chip-file.md alone.

The journal holds every write to silicon, so that it tells what a chip is (fuses, IFR, flash) and what
it cost (writes, erases), independent of the program that wrote it.
"""
import configparser
import struct
import zlib

from tests.helpers.paths import SOURCE

MAGIC = b"engrave-chip 1\n"
IDENTITY, FUSE, IFR_ERASE, IFR_PROGRAM, FLASH_ERASE, FLASH_PROGRAM = range(1, 7)
PAGE = 256


def family_number(family, key):
    """One number of a family file, whatever its section."""
    ini = configparser.ConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    ini.read(SOURCE / "families" / f"{family}.ini", encoding="utf-8")
    return next(int(ini[s][key], 0) for s in ini.sections() if key in ini[s])


def records(data):
    """(type, payload) of every whole record; ValueError on damage."""
    if not data.startswith(MAGIC):
        raise ValueError("not a chip file")
    at = len(MAGIC)
    while at + 8 <= len(data):
        kind, zero, length, crc = struct.unpack(">BBHI", data[at:at + 8])
        payload = data[at + 8:at + 8 + length]
        if len(payload) < length:
            return
        if zero != 0 or zlib.crc32(payload, zlib.crc32(data[at:at + 4])) != crc:
            raise ValueError(f"damage at {at}")
        yield kind, payload
        at += 8 + length


class Silicon:
    """Fuses, IFR and flash after all records of a file; writes and erases counted."""

    def __init__(self, path):
        self.fuses, self.flash, self.wear = {}, {}, {}
        self.ifr, self.ifr_wear, self.writes = None, 0, 0
        (_, identity), *rest = records(path.read_bytes())
        self.uuid, self.family = identity[:16].hex(), identity[48:].decode("ascii")
        self.pages = family_number(self.family, "flash_sector") // PAGE
        for kind, payload in rest:
            self._apply(kind, payload)
            self.writes += 1

    def _apply(self, kind, payload):
        if kind == FUSE:
            index, value = struct.unpack(">HI", payload)
            self.fuses[index] = self.fuses.get(index, 0) | value
        elif kind == IFR_ERASE:
            self.ifr, self.ifr_wear = None, self.ifr_wear + 1
        elif kind == IFR_PROGRAM:
            self.ifr = bytes(a & b for a, b in zip(self.ifr or b"\xff" * len(payload), payload))
        elif kind == FLASH_ERASE:
            self._erase(struct.unpack(">I", payload)[0])
        elif kind == FLASH_PROGRAM:
            self._program(struct.unpack(">I", payload[:4])[0], payload[4:])
        else:
            raise ValueError(f"record {kind}: not a write of a provisioning")

    def _erase(self, sector):
        self.wear[sector] = self.wear.get(sector, 0) + 1
        for page in range(sector * self.pages, (sector + 1) * self.pages):
            self.flash.pop(page, None)

    def _program(self, offset, data):
        page, start = divmod(offset, PAGE)
        content = self.flash.setdefault(page, bytearray(b"\xff" * PAGE))
        for i, byte in enumerate(data, start):
            content[i] &= byte

    def content(self):
        """All that must not depend on how often the power went: everything but wear."""
        flash = {p: bytes(b) for p, b in self.flash.items() if b.strip(b"\xff")}
        return {"fuses": {i: v for i, v in self.fuses.items() if v}, "ifr": self.ifr, "flash": flash}

    def closed(self):
        """Has the life cycle moved on from open?"""
        fuse = family_number(self.family, "fuse_life_cycle")
        return self.fuses.get(fuse) != family_number(self.family, "life_cycle_open")
