# SPDX-License-Identifier: Apache-2.0
"""Signs application images in the MCUboot format, for chips whose boot key hash was fused.

Layout (docs of MCUboot, "Image format"): a 32-byte header, the payload, then the TLV area with the
SHA-256 of header and payload, the signer's public key and an ECDSA P-256 signature of that hash.
"""
import hashlib
import struct
import subprocess
import tempfile
from pathlib import Path

MAGIC = 0x96F3B83D
TLV_MAGIC = 0x6907
TLV_PUBKEY, TLV_SHA256, TLV_ECDSA = 0x02, 0x10, 0x22


def make_key(path: Path) -> None:
    """Fresh P-256 signing key, PEM, readable by its owner only."""
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path)],
                   check=True, capture_output=True)
    path.chmod(0o600)


def public_der(key: Path) -> bytes:
    """DER SubjectPublicKeyInfo of a private key file."""
    return subprocess.run(["openssl", "ec", "-in", str(key), "-pubout", "-outform", "DER"], check=True,
                          capture_output=True).stdout


def public_pem(key: Path) -> str:
    """PEM of the public key: evidence for the service that somebody signs with it."""
    return subprocess.run(["openssl", "ec", "-in", str(key), "-pubout"], check=True,
                          capture_output=True, text=True).stdout


def boot_key_hash(key: Path) -> bytes:
    """What the chip compares with its fuses: SHA-256 over the SubjectPublicKeyInfo."""
    return hashlib.sha256(public_der(key)).digest()


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def _sign(key: Path, data: bytes) -> bytes:
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key), f.name], check=True,
                              capture_output=True).stdout


def sign_image(key: Path, payload: bytes, version=(1, 0, 0, 0)) -> bytes:
    """A complete signed image."""
    body = struct.pack("<IIHHIIBBHII", MAGIC, 0, 32, 0, len(payload), 0, *version, 0) + payload
    tlvs = (_tlv(TLV_SHA256, hashlib.sha256(body).digest()) + _tlv(TLV_PUBKEY, public_der(key)) +
            _tlv(TLV_ECDSA, _sign(key, body)))
    return body + struct.pack("<HH", TLV_MAGIC, 4 + len(tlvs)) + tlvs
