# SPDX-License-Identifier: Apache-2.0
"""Running NXP's el2go-host against a factory of tests, and proving what it left on a chip."""
import os
import subprocess

from tests.helpers.factory import ID_CERT, ID_KEY
from tests.helpers.spsdk import el2go_host


class El2goHost:
    """Called with arguments; returns the finished process. It gets a configuration file and
    REQUESTS_CA_BUNDLE, nothing else."""

    def __init__(self, factory):
        self.program = el2go_host()
        self.env = {**os.environ, "REQUESTS_CA_BUNDLE": str(factory.service.ca_file), "NO_PROXY": "127.0.0.1",
                    "HOME": str(factory.folder), "SPSDK_CACHE_FOLDER": str(factory.folder / "spsdk-cache"),
                    "SPSDK_INTERACTIVE_DISABLED": "1", "SPSDK_DEBUG_LOGGING_DISABLED": "1"}

    def __call__(self, *args, **change):
        return subprocess.run([str(self.program), *map(str, args)], env={**self.env, **change},
                              capture_output=True, text=True, timeout=240, check=False)


def output(done):
    return done.stdout + done.stderr


def _openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sign_and_verify(factory, line, uuid):
    """The certificate on the chip is over its UUID, verifies up to the root, and its key signs there."""
    folder = factory.folder
    answer = factory.ask(uuid, {"op": "read", "key": ID_CERT})
    assert answer["status"] == 0, answer
    (folder / "leaf.der").write_bytes(bytes.fromhex(answer["data"]))
    _openssl("x509", "-inform", "DER", "-in", folder / "leaf.der", "-out", folder / "leaf.pem")
    chain = factory.service.get(f"/api/v1/rtp/certificate-authorities/{line.ca}/chain")
    (folder / "chain.pem").write_text(chain, encoding="ascii")
    _openssl("verify", "-x509_strict", "-CAfile", folder / "chain.pem", folder / "leaf.pem")
    assert uuid in _openssl("x509", "-in", folder / "leaf.pem", "-noout", "-subject").lower()
    (folder / "public.pem").write_text(_openssl("x509", "-in", folder / "leaf.pem", "-noout", "-pubkey"),
                                       encoding="ascii")
    message = os.urandom(64)
    answer = factory.ask(uuid, {"op": "sign", "key": ID_KEY, "message": message.hex()})
    assert answer["status"] == 0, answer
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(bytes.fromhex(answer["signature"]))
    _openssl("dgst", "-sha256", "-verify", folder / "public.pem", "-signature", folder / "signature",
             folder / "message")
