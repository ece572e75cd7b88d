# SPDX-License-Identifier: Apache-2.0
"""A real `mosquitto` that takes only clients with a certificate, and only while the CRL does not list it."""
import getpass
import shutil
import socket
import time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers.chip_maker import openssl
from tests.helpers.process import Process


def find_mosquitto():
    """Its path; Debian keeps it where only root's PATH leads."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Broker:
    """device_ca: PEM of the chain that devices' certificates end in. crl: DER, set before start()."""

    def __init__(self, folder, device_ca, crl):
        self.folder, self.port, self.process = folder, free_port(), None
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, ca_key = folder / "broker-ca.pem", folder / "broker-ca.key"
        cert, key, request = (folder / n for n in ("broker.pem", "broker.key", "broker.csr"))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *curve, "-keyout", ca_key, "-out", self.ca, "-days", "30", "-subj", "/CN=broker CA")
        openssl("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
        (folder / "san").write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out", cert,
                "-days", "30", "-extfile", folder / "san")
        (folder / "device-ca.pem").write_text(device_ca, encoding="ascii")
        self.set_crl(crl)
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\ncafile {folder / 'device-ca.pem'}\ncertfile {cert}\nkeyfile {key}\n"
            f"crlfile {folder / 'devices.crl'}\nrequire_certificate true\nuse_identity_as_username true\n"
            f"user {getpass.getuser()}\nallow_anonymous false\npersistence false\nlog_type all\n", encoding="ascii")
        self.start()

    def set_crl(self, der):
        """Takes effect when the broker starts."""
        (self.folder / "devices.crl").write_bytes(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))

    def start(self):
        self.process = Process([find_mosquitto(), "-c", self.folder / "mosquitto.conf"], self.folder / "broker.log")
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(self.process.log_text())

    def restart(self):
        self.process.stop()
        self.start()

    def log(self):
        return self.process.log_text()

    def close(self):
        self.process.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
