# SPDX-License-Identifier: Apache-2.0
"""A device endpoint that sends what a test says: real TLS with a chain of its own, and messages out of a list."""
import datetime
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.helpers import protobuf as pb

AGENT, KEYS = 1, 21
KEYSTORE = 0x70000010


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def days(count):
    return datetime.timedelta(days=count)


class Authority:
    """A CA; issuer None: a root."""

    def __init__(self, name, issuer=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (issuer or self).sign(self.name, self.key.public_key(), ca=True)

    def sign(self, name, public_key, ca=False, host=None, serial=None, begin=None, end=None):
        builder = (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public_key)
                   .serial_number(serial or x509.random_serial_number()).not_valid_before(begin or now() - days(1))
                   .not_valid_after(end or now() + days(30))
                   .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self, revoked=(), begin=None, end=None):
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.name)
                   .last_update(begin or now() - days(1)).next_update(end or now() + days(1)))
        for serial in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now() - days(1)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def request(endpoint, endpoint_id, payload):
    """One EndpointRequest inside its list."""
    return pb.chunk(1, pb.number(1, endpoint) + pb.number(2, endpoint_id) + pb.chunk(100, payload))


def send_crl(der):
    return request(AGENT, 0, pb.chunk(3, pb.chunk(1, der)))


def destroy_key(key_id):
    return request(KEYS, KEYSTORE, pb.chunk(60, pb.chunk(2, pb.number(1, key_id))))


def goodbye(status=1):
    return request(AGENT, 0, pb.chunk(2, pb.chunk(1, pb.number(1, status))))


class DeviceService:
    """messages: bytes to send, each after the answer to the one before; .answers is what came back."""

    def __init__(self, folder, host="localhost"):
        self.root = Authority("test root")
        self.issuing = Authority("test issuing CA", self.root)
        key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.issuing.sign(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key.public_key(), host=host)
        chain = folder / "service.pem"
        chain.write_bytes(self.certificate.public_bytes(Encoding.PEM) +
                          self.issuing.certificate.public_bytes(Encoding.PEM) +
                          key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.messages, self.answers, self.closed = [], [], False
        self.endpoint = {"hostname": host, "port": self.listener.getsockname()[1],
                         "roots": self.root.certificate.public_bytes(Encoding.PEM).decode()}
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def play(self, *messages):
        self.messages, self.answers, self.closed = list(messages), [], False

    def _serve(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(raw, server_side=True) as line:
                    self._talk(line)
            except OSError:
                pass
            self.closed = True

    def _talk(self, line):
        line.settimeout(10)
        for message in self.messages:
            line.sendall(pb.varint(len(message)) + message)
            answer = line.recv(65536)
            if not answer:
                return
            self.answers.append(answer)
        line.recv(1)

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
