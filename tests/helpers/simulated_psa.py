# SPDX-License-Identifier: Apache-2.0
"""The simulated PSA platform of NXP's device agent, as docs/guide/nxp-agent.md describes it: keys and storage
objects in one space, blobs imported with rules looser than silicon's. Independent of the product's code."""
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from tests.helpers.chip_objects import cmac

SUCCESS, GENERIC_ERROR, INVALID_ARGUMENT = 0, -132, -135
ALREADY_EXISTS, DOES_NOT_EXIST = -139, -140

KEY_CONNECTION, KEY_KEK, KEY_DATA, KEY_MAC, KEY_UUID = 0x3FFF0201, 0x3FFF0210, 0x3FFF0211, 0x3FFF0212, 0x3FFF0220
CLAIM_OBJECT = 0xF00000E0
MAGIC = b"\x40\x0bedgelock2go"
PAYLOAD_MAX = 2360


def parse_keys(text):
    """{id: bytes} of the root of trust as `keydata ID TYPE ALG USAGE HEX` lines."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == "keydata":
            found[int(words[1], 16)] = bytes.fromhex(words[5])
    return found


def tlvs(blob):
    """[(tag, value)]; ValueError when a length leads beyond the end."""
    out, at = [], 0
    while at < len(blob):
        tag, size, at = blob[at], blob[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            if not 1 <= more <= 4:
                raise ValueError("length of length")
            size, at = int.from_bytes(blob[at:at + more], "big"), at + more
        if at + size > len(blob):
            raise ValueError("value ends early")
        out.append((tag, blob[at:at + size]))
        at += size
    return out


def _unpad(data):
    cut = data.rstrip(b"\0")
    return cut[:-1] if cut.endswith(b"\x80") else None


class SimulatedPsa:
    """objects: {id: bytes} is all that is stored; an imported key's record has its plain value in it."""

    def __init__(self, keys_text):
        self.root = parse_keys(keys_text)
        self.objects = {}
        self.attributes = {}  # id -> {tag: int} of imported keys

    @property
    def uuid(self):
        return self.root[KEY_UUID]

    def connection_key(self):
        return ec.derive_private_key(int.from_bytes(self.root[KEY_CONNECTION], "big"), ec.SECP256R1())

    def _value(self, found):
        """The unwrapped payload, or None."""
        wrapped = found.get(0x55, b"")
        if len(wrapped) > PAYLOAD_MAX:
            return None
        how = int.from_bytes(found.get(0x51, b""), "big")
        if how == 1:
            try:
                plain = aes_key_unwrap(self.root[KEY_KEK], wrapped)
            except (InvalidUnwrap, ValueError):
                return None
            return plain[8:] if plain[4:8] == bytes(4) else None
        if how == 2 and len(wrapped) % 16 == 0 and wrapped and 0x52 in found:
            dec = Cipher(algorithms.AES(self.root[KEY_DATA]), modes.CBC(found[0x52])).decryptor()
            return _unpad(dec.update(wrapped) + dec.finalize())
        return None

    def import_key(self, blob):
        """A PSA status. The attributes are the blob's; those of the request are not looked at."""
        if not blob.startswith(MAGIC):
            return GENERIC_ERROR
        try:
            found = dict(tlvs(blob))
        except (ValueError, IndexError):
            return GENERIC_ERROR
        if len(found.get(0x5E, b"")) != 16 or cmac(self.root[KEY_MAC], blob[:-16]) != blob[-16:]:
            return GENERIC_ERROR
        if 0x41 not in found:
            return INVALID_ARGUMENT
        key_id = int.from_bytes(found[0x41], "big")
        if key_id in self.objects:
            return ALREADY_EXISTS
        value = self._value(found)
        if value is None:
            return GENERIC_ERROR
        self.objects[key_id] = value
        self.attributes[key_id] = {tag: int.from_bytes(v, "big") for tag, v in found.items() if 0x41 <= tag <= 0x47}
        return SUCCESS

    def destroy_key(self, key_id):
        self.attributes.pop(key_id, None)
        return SUCCESS if self.objects.pop(key_id, None) is not None else DOES_NOT_EXIST

    def read_object(self, key_id, offset, length):
        """(status, bytes): any stored object, keys among them."""
        if key_id not in self.objects:
            return DOES_NOT_EXIST, b""
        return SUCCESS, self.objects[key_id][offset:offset + length]
