# SPDX-License-Identifier: Apache-2.0
"""A chip maker made of text and `openssl cms`: an independent reading of the manifest format."""
import secrets
import subprocess
from pathlib import Path


def openssl(*args, data=None):
    """Output of one openssl command; its complaint as the exception."""
    done = subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.decode()}")
    return done.stdout


def self_signed(folder, name):
    """A P-256 key and certificate as files; returns (certificate, key)."""
    cert, key = Path(folder) / f"{name}.pem", Path(folder) / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", cert, "-days", "30", "-subj", f"/CN={name}")
    return cert, key


def seal(data, recipient):
    """CMS AuthEnvelopedData (AES-256-GCM) for a certificate file, DER."""
    return openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-outform", "DER", "-recip",
                   recipient, data=data)


def decimal(uuid_hex):
    """A device id as the API writes it."""
    return str(int(uuid_hex, 16))


class ChipMaker:
    """Makes chips (only their UUIDs and roots) and uploads their manifest to a service."""

    def __init__(self, service, folder, name="chip maker"):
        self.service = service
        self.folder = Path(folder)
        self.cert, self.key = self_signed(folder, name.replace(" ", "-"))
        self.recipient = self.folder / "manifest-recipient.pem"
        self.recipient.write_text(service.get("/api/v1/roots-of-trust/certificate"))
        self.name = name

    def register(self):
        return self.service.post("/api/v1/roots-of-trust/signers",
                                 {"name": self.name, "certificate": self.cert.read_text()})

    @staticmethod
    def roots(count):
        return {secrets.token_hex(16): secrets.token_hex(32) for _ in range(count)}

    @staticmethod
    def text(roots, family="mcxn947"):
        lines = [f"{uuid} {key}\n" for uuid, key in roots.items()]
        return f"engrave-manifest 1\nfamily {family}\ncount {len(lines)}\n{''.join(lines)}end\n"

    def manifest(self, text):
        signed = openssl("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-signer",
                         self.cert, "-inkey", self.key, "-outform", "DER", data=text.encode())
        return seal(signed, self.recipient)

    def upload(self, roots, family="mcxn947"):
        return self.service.post("/api/v1/roots-of-trust",
                                 data=self.manifest(self.text(roots, family)))
