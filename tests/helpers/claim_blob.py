# SPDX-License-Identifier: Apache-2.0
"""Claim blobs as a device makes them: the code, sealed to the service's claim key and bound to the UUID."""
import os
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.helpers.chip_objects import cmac

ENC_WORD, MAC_WORD = 0x20001080, 0x20200080  # of the simulated platform: AES-128 both


def derive(parent, label, word):
    """CKDF with the output length that bit 0 of the word says."""
    long = word & 1
    out = b"".join(cmac(parent, label.ljust(12, b"\0") + bytes(8) + struct.pack(">III", word, 256 if long else 128, i))
                   for i in range(1, 3 if long else 2))
    return out


def length(size):
    return bytes((size,)) if size < 0x80 else b"\x81" + bytes((size,)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")


def tlv(tag, value):
    return bytes((tag,)) + length(len(value)) + value


def claim_public(xy):
    """The service's claim key from X || Y."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + xy)


def make(service_key, uuid, text, enc_word=ENC_WORD, mac_word=MAC_WORD):
    """A blob for `text`; service_key: public key. A text beyond 111 bytes takes a long-form length."""
    own = ec.generate_private_key(ec.SECP256R1())
    shared = own.exchange(ec.ECDH(), service_key)
    iv = os.urandom(16)
    padded = text + b"\x80" + bytes(-(len(text) + 1) % 16)
    enc = Cipher(algorithms.AES(derive(shared, b"CC_ENC", enc_word)), modes.CBC(iv)).encryptor()
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    blob = (tlv(0x41, uuid) + tlv(0x42, point) + tlv(0x43, struct.pack(">I", enc_word)) +
            tlv(0x44, struct.pack(">I", mac_word)) + tlv(0x45, iv) + tlv(0x46, enc.update(padded) + enc.finalize()) +
            b"\x5e\x10")
    return blob + cmac(derive(shared, b"CC_MAC", mac_word), blob)


def open_blob(private_key, blob):
    """(uuid, text) of a blob; ValueError when its MAC is wrong. The inverse, for vectors."""
    from tests.helpers.simulated_psa import tlvs
    found = dict(tlvs(blob))
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found[0x42])
    shared = private_key.exchange(ec.ECDH(), peer)
    words = [int.from_bytes(found[tag], "big") for tag in (0x43, 0x44)]
    if cmac(derive(shared, b"CC_MAC", words[1]), blob[:-16]) != blob[-16:]:
        raise ValueError("MAC")
    dec = Cipher(algorithms.AES(derive(shared, b"CC_ENC", words[0])), modes.CBC(found[0x45])).decryptor()
    return found[0x41], (dec.update(found[0x46]) + dec.finalize()).rstrip(b"\0")[:-1]
