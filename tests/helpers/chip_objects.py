# SPDX-License-Identifier: Apache-2.0
"""Virtual chips and secure objects made in Python, from docs/formats/chip-file.md and
docs/protocol/vchip.md alone, so that engrave-vchip can be tested without any other part.
"""
import hashlib
import struct
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

OPEN, CLOSED, LOCKED = 1, 2, 4
LIFE_CYCLE_BYTE = {OPEN: 0x03, CLOSED: 0x0F, LOCKED: 0xCF}
LIFE_CYCLE_FUSE = {"mcxn947": 8, "rw612": 14}
ID_HASH, ID_DECRYPT_KEY, ID_FUSES = 0x7FFF817A, 0x7FFF817B, 0x7FFF817C


# ---- state file ------------------------------------------------------------------------------

def record(kind, payload):
    head = struct.pack(">BBH", kind, 0, len(payload))
    return head + struct.pack(">I", zlib.crc32(head + payload)) + payload


def make_chip(folder, family, uuid, die_key):
    """A chip fresh from the fab; returns its path."""
    path = folder / f"{uuid.hex()}.chip"
    path.write_bytes(b"engrave-chip 1\n" + record(1, uuid + die_key + family.encode()) +
                     record(2, struct.pack(">HI", LIFE_CYCLE_FUSE[family], LIFE_CYCLE_BYTE[OPEN])))
    path.chmod(0o600)
    return path


# ---- keys ------------------------------------------------------------------------------------

def cmac(key, data):
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def ckdf(parent, label, props):
    def block(i):
        return cmac(parent, label.ljust(12, b"\0") + bytes(8) + struct.pack(">III", props, 256, i))
    return block(1) + block(2)


def import_keys(family, die_key, boot_key_hash, life_cycle):
    """(kek, data key, MAC key) under which objects are sealed for a chip."""
    if family == "mcxn947":
        bound = hashlib.sha256(boot_key_hash + bytes((LIFE_CYCLE_BYTE[life_cycle],))).digest()[:12]
        el2go = ckdf(die_key, bytes.fromhex("165b2eec008194347b3f3798"), 0x500100E1)
        master = ckdf(el2go, bound, 0x40010021)
        kek = ckdf(die_key, bytes.fromhex("94f2844662094e6459d04d9f"), 0x404000E1)
    else:
        master = ckdf(ckdf(die_key, b"\0e2gsym_mk", 0x80010021), b"\0e2goem_mk", 0x80010021)
        kek = ckdf(master, b"\0e2gikek_sk", 0x40800021)
    return kek, ckdf(master, b"\0e2gitfm_sk", 0x40100021), ckdf(master, b"\0e2giaut_sk", 0x40002021)


# ---- objects ---------------------------------------------------------------------------------

def _tlv(tag, value):
    length = bytes((len(value),)) if len(value) < 128 else (
        bytes((0x81, len(value))) if len(value) < 256 else b"\x82" + struct.pack(">H", len(value)))
    return bytes((tag,)) + length + value


def _cbc(key, iv, plain):
    padded = plain + b"\x80"
    padded += bytes(-len(padded) % 16)
    enc = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return enc.update(padded) + enc.finalize()


def seal(keys, life_cycle, number, alg, usage, kind, bits, lifetime, wrap, plain, props=0):
    """One secure object."""
    kek, data, auth = keys
    iv = hashlib.sha256(struct.pack(">I", number)).digest()[:16]
    payload = {1: lambda: aes_key_wrap(kek, struct.pack(">II", props, 0) + plain),
               2: lambda: _cbc(data, iv, plain), 3: lambda: plain}[wrap]()
    fields = [(0x40, b"edgelock2go"), (0x41, struct.pack(">I", number)), (0x42, struct.pack(">I", alg)),
              (0x43, struct.pack(">I", usage)), (0x44, struct.pack(">H", kind)), (0x45, struct.pack(">I", bits)),
              (0x46, struct.pack(">I", lifetime)), (0x47, struct.pack(">I", life_cycle)),
              (0x50, struct.pack(">I", 0x7FFF816F if wrap == 2 else 0x7FFF816E)), (0x51, struct.pack(">I", wrap))]
    fields += [(0x52, iv)] if wrap == 2 else []
    fields += [(0x53, struct.pack(">I", 0x7FFF8170)), (0x54, struct.pack(">I", 1)), (0x55, payload)]
    blob = b"".join(_tlv(tag, value) for tag, value in fields) + b"\x5e\x10"
    return blob + cmac(auth, blob)


def boot_key_hash_object(keys, life_cycle, value):
    return seal(keys, life_cycle, ID_HASH, 0, 0, 0x1001, 256, 0xE0810101, 3, value)


def decrypt_key_object(keys, life_cycle, key):
    return seal(keys, life_cycle, ID_DECRYPT_KEY, 0x8800FF00, 0x4000, 0x9F00, 256, 0xE0010101, 2, key)


def fuses_object(keys, life_cycle, config):
    return seal(keys, life_cycle, ID_FUSES, 0, 1, 0x1001, 8 * len(config), 0xE0810101, 2, config)


def p256_object(keys, life_cycle, number, scalar):
    return seal(keys, life_cycle, number, 0x06000609, 0x1400, 0x7112, 256, 0xE0000101, 1, scalar, 0x84000061)


def aes_object(keys, life_cycle, number, key, alg=0x04C01000, usage=0x300):
    return seal(keys, life_cycle, number, alg, usage, 0x2400, 256, 0xE0000101, 1, key, 0x00100021)


def file_object(keys, life_cycle, number, content):
    return seal(keys, life_cycle, number, 0, 1, 0x1001, 8 * len(content), 0xE0810101, 2, content)
