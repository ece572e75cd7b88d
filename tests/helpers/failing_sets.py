# SPDX-License-Identifier: Apache-2.0
"""
Sets of secure objects that a virtual MCX N947 (one: RW612) refuses or fails at, one for every word that its
firmware has; sealed in Python for chips whose die key the test made. Source: docs/protocol/vchip.md.
"""
import hashlib
from dataclasses import dataclass, field

from tests.helpers import chip_objects as co

HASH, OTHER_HASH = hashlib.sha256(b"boot key").digest(), hashlib.sha256(b"another boot key").digest()
KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
NONE = bytes(32)
DATA = 0xE0810101
FUSES = bytes.fromhex("4002001e410409d11411")  # word 30
LOCK_BEFORE = bytes.fromhex("40020000410400000001") + bytes.fromhex("40020018410400000005")


class Sealer:
    """Makes objects for one chip; `life_cycle` and `boot_hash` are what the set leads to."""

    def __init__(self, family, die_key, boot_hash=NONE, life_cycle=co.OPEN):
        self.life_cycle = life_cycle
        self.keys = co.import_keys(family, die_key, boot_hash, life_cycle)

    def file(self, number=1, content=b"text", life_cycle=None):
        return co.file_object(self.keys, life_cycle or self.life_cycle, number, content)

    def hash(self, value=HASH, kind=0x1001, bits=256, wrap=3):
        return co.seal(self.keys, self.life_cycle, co.ID_HASH, 0, 0, kind, bits, DATA, wrap, value)

    def decrypt_key(self, key=KEY, kind=0x9F00, bits=256):
        return co.seal(self.keys, self.life_cycle, co.ID_DECRYPT_KEY, 0x8800FF00, 0x4000, kind, bits, 0xE0010101, 2, key)

    def decrypt_key_rfc3394(self):
        return co.seal(self.keys, self.life_cycle, co.ID_DECRYPT_KEY, 0x8800FF00, 0x4000, 0x9F00, 256, 0xE0000101, 1,
                       KEY, 0x00100021)

    def fuses(self, config, kind=0x1001):
        return co.seal(self.keys, self.life_cycle, co.ID_FUSES, 0, 1, kind, 8 * len(config), DATA, 2, config)

    def fuses_rfc3394(self):
        return co.seal(self.keys, self.life_cycle, co.ID_FUSES, 0, 1, 0x1001, 256, 0xE0000101, 1, KEY, 0x00100021)

    def aes(self, number=3, bits=256):
        return co.seal(self.keys, self.life_cycle, number, 0x04C01000, 0x300, 0x2400, bits, 0xE0000101, 1, KEY, 0x00100021)

    def whole(self):
        return self.hash() + self.decrypt_key() + self.fuses(FUSES) + self.file()


def altered(data, at, by=1):
    return data[:at] + bytes((data[at] ^ by,)) + data[at + 1:]


def bound(die_key, life_cycle=co.CLOSED, boot_hash=HASH, family="mcxn947"):
    return Sealer(family, die_key, boot_hash, life_cycle)


@dataclass
class Failing:
    """`make` gets a sealer for an open set and the die key, and returns the set."""
    word: int
    why: str
    make: object
    family: str = "mcxn947"
    faults: list = field(default_factory=list)  # broken before the run, by the control socket
    closed_before: bool = False                 # on a chip that a whole set has closed
    address: int = 0x001C0000                   # secure_objects_address
    burns: bool = False                         # what fails comes behind fuses that are burned by then
    hosts_refuse: tuple = ()                    # what el2go-host says, and `engrave host load`'s code, for the file


NOT_A_SET = ("GENERAL ERROR", "ERR_OBJECTS_FILE")
CASES = [
    Failing(0xA50AB518, "nothing there that begins as an object", lambda s, die: b"no objects at all" * 8,
            hosts_refuse=NOT_A_SET),
    Failing(0xA500D001, "the first object is damaged", lambda s, die: altered(s.file(), 14), hosts_refuse=NOT_A_SET),
    Failing(0xA500CB05, "the second object's magic is damaged", lambda s, die: s.file() + altered(s.file(2), 3),
            hosts_refuse=NOT_A_SET),
    Failing(0xA500CB04, "17 objects", lambda s, die: b"".join(s.file(i) for i in range(1, 18)),
            hosts_refuse=("Too many Secure Objects", "ERR_OBJECTS_LIMIT")),
    Failing(0xA500CB13, "18,000 bytes", lambda s, die: s.file(1, bytes(9000)) + s.file(2, bytes(9000)),
            hosts_refuse=("Total size of Secure Objects too big", "ERR_OBJECTS_LIMIT")),
    Failing(0xA50ABF00, "an id twice", lambda s, die: s.file() + s.file()),
    Failing(0xA50AB511, "no fuse configuration", lambda s, die: s.hash() + s.decrypt_key(), family="rw612",
            address=0x084B0000),
    Failing(0xA50AB517, "a boot key hash of 31 bytes", lambda s, die: s.hash(HASH[:31])),
    Failing(0xA50AB505, "a boot key hash of type AES", lambda s, die: s.hash(kind=0x2400)),
    Failing(0xA50AB506, "a boot key hash of 384 bits", lambda s, die: s.hash(bits=384)),
    Failing(0xA50ABC00, "an encrypted boot key hash", lambda s, die: s.hash(wrap=2)),
    Failing(0xA50AB503, "a decryption key of type AES", lambda s, die: s.decrypt_key(kind=0x2400)),
    Failing(0xA50AB504, "a decryption key of 128 bits", lambda s, die: s.decrypt_key(bits=128)),
    Failing(0xA50AB100, "a decryption key wrapped by RFC 3394", lambda s, die: s.decrypt_key_rfc3394()),
    Failing(0xA50AB50A, "a fuse configuration of type AES", lambda s, die: s.fuses(FUSES, kind=0x2400)),
    Failing(0xA50AB50E, "a fuse configuration wrapped by RFC 3394", lambda s, die: s.fuses_rfc3394()),
    Failing(0x750AB51C, "objects for OPEN and CLOSED", lambda s, die: s.file() + s.file(2, life_cycle=co.CLOSED)),
    Failing(0x7500D010, "objects for OPEN on a closed chip", lambda s, die: bound(die, co.OPEN).whole(),
            closed_before=True),
    Failing(0xA500D002, "a CMAC altered", lambda s, die: altered(s.file(), -1 % len(s.file()))),
    Failing(0xA50AB513, "a key of 256 bits that says 128", lambda s, die: s.aes(bits=128)),
    Failing(0x750AB519, "a fuse that the part does not have", lambda s, die: s.fuses(bytes.fromhex("40020040410401020304"))),
    Failing(0xA50AB50B, "a fuse configuration with the life cycle",
            lambda s, die: s.fuses(bytes.fromhex("400200084104000000cf"))),
    Failing(0x7500E300, "another boot key hash on a closed chip",
            lambda s, die: bound(die, boot_hash=OTHER_HASH).hash(OTHER_HASH), closed_before=True),
    Failing(0x7500E400, "another decryption key on a closed chip",
            lambda s, die: bound(die).hash() + bound(die).decrypt_key(OTHER_KEY), closed_before=True),
    Failing(0x750AB517, "CLOSED without a boot key hash", lambda s, die: bound(die, boot_hash=NONE).file()),
    Failing(0x750AB514, "a lock before what it locks", lambda s, die: s.fuses(LOCK_BEFORE)),
    Failing(0x750AB512, "an address behind which the flash ends", lambda s, die: s.file(1, bytes(9000)),
            address=0x001FA000),
    # Hardware that fails: the cause is made by the control socket, the firmware finds it at that step.
    Failing(0xA500C100, "no key comes of the die key", lambda s, die: bound(die).whole(), faults=["keys"]),
    Failing(0xA500CB0B, "the enclave does not encrypt", lambda s, die: bound(die).whole(), faults=["enclave"]),
    Failing(0xA500CB24, "no memory to work in", lambda s, die: bound(die).whole(), faults=["memory"]),
    Failing(0x7500E500, "fuses that take no value", lambda s, die: bound(die).whole(), faults=["fuses"]),
    Failing(0xA500CB0D, "flash that takes no value", lambda s, die: bound(die).whole(), faults=["flash"], burns=True),
]
