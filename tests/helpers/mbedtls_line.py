# SPDX-License-Identifier: Apache-2.0
"""NXP's agent on a real mbedTLS 2.28 (tests/helpers/mbedtls_device.c): the peer of nxp_agent.py with that as its line."""
import struct
import subprocess

from cryptography.hazmat.primitives import serialization

from tests.helpers.nxp_agent import NxpAgent
from tests.helpers.paths import program

EXITS = {1: "wrong use", 2: "no connection", 3: "handshake", 4: "partial write", 5: "lost"}


class MbedTlsLine:
    """What the peer needs of a TLS socket. OSError for whatever ends it."""

    session = None

    def __init__(self, argv):
        self.child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        self.chain = []
        try:
            version, self.suite, fragment, tickets = self._next().decode().split()
            while certificate := self._next():
                self.chain.append(certificate)
        except (OSError, ValueError) as error:
            self._fail(error)
        self.name, self.fragment, self.ticket_bytes = version, int(fragment), int(tickets)

    def _next(self):
        head = self.child.stdout.read(4)
        if len(head) < 4:
            raise OSError("the line is closed")
        return self.child.stdout.read(struct.unpack("<I", head)[0])

    def _fail(self, error):
        said = self.child.stderr.read().decode(errors="replace").strip()
        code = self.close()
        raise OSError(f"mbedTLS: {EXITS.get(code, code)}: {said}") from error

    def version(self):
        return self.name

    def recv(self, _size):
        return self._next()

    def sendall(self, data):
        try:
            self.child.stdin.write(struct.pack("<I", len(data)) + data)
            self.child.stdin.flush()
        except BrokenPipeError as error:
            self._fail(error)

    def unwrap(self):
        self.child.stdin.close()

    def close(self):
        """The program's exit code."""
        if not self.child.stdin.closed:
            try:
                self.child.stdin.close()
            except BrokenPipeError:
                pass
        code = self.child.wait(30)
        self.child.stdout.close()
        self.child.stderr.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.code = self.close()


class MbedTlsAgent(NxpAgent):
    """fragment: what max_fragment_length asks for (0: nothing)."""

    def __init__(self, keys_text, connection, folder, fragment=0):
        super().__init__(keys_text, connection, tls="1.2")
        self.folder, self.fragment, self.line = folder, fragment, None

    def connect(self, dial=None, timeout=30):
        host, port, roots, _ = dial or self.connection()  # the line signs a certificate of its own
        self.context(roots)  # the CRL check wants the roots
        pem = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in self.roots)
        (self.folder / "roots.pem").write_bytes(pem)
        (self.folder / "device.key").write_bytes(self.certificate()[1])
        self.line = MbedTlsLine([program("mbedtls_device"), host, port, self.folder / "roots.pem",
                                 self.folder / "device.key", self.psa.uuid.hex().upper(), self.fragment])
        return self.line

    @staticmethod
    def chain(tls):
        return tls.chain


def mbedtls_agent(cloud, uuid, folder, code=None, fragment=0):
    """As Cloud.agent()."""
    made = MbedTlsAgent(cloud.keys_text(uuid), cloud.connection, folder, fragment)
    if code is not None:
        made.set_claim_blob(cloud.claim_blob(uuid, code))
    return made
