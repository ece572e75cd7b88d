# SPDX-License-Identifier: Apache-2.0
"""A device whose objects cannot be made: it is told so in every session, but they are not tried in every session."""
import datetime
import sqlite3
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud

RTP = "/api/v1/rtp"
CA_S = 6
SUCCESS, UPDATE_FAILED, OBJECTS_FAILED = 0x01, 0x40, 0x40
ID_KEY, ID_CERT = 0x3001, 0x3002


@pytest.fixture(name="field")
def fixture_field(tmp_path):
    with Cloud(tmp_path, count=1) as made:
        yield made


def certificate(subject, issuer, key, signer, until):
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(),
                                      datetime.datetime.utcnow() - datetime.timedelta(hours=1), until)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def ca_that_ends(service):
    """A CA of this service under a root outside, valid for CA_S seconds."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=outside")
    now = datetime.datetime.utcnow()
    root = certificate(name, name, key.public_key(), key, now + datetime.timedelta(days=30))
    service.post(RTP + "/external-cas", {"name": "outside", "certificate": root})
    made = service.post(RTP + "/intermediate-cas", {"name": "short", "requestType": "WITH_CSR"})["id"]
    csr = x509.load_pem_x509_csr(service.get(f"{RTP}/certificate-authorities/{made}/csr").encode())
    short = certificate(csr.subject, name, csr.public_key(), key, now + datetime.timedelta(seconds=CA_S))
    assert service.post(f"{RTP}/certificate-authorities/{made}/certificate", {"certificate": short})["state"] == "ACTIVE"
    return made


def jobs(field):
    with sqlite3.connect(field.service.data / "engrave.db") as db:
        return db.execute("SELECT count(*) FROM job").fetchone()[0]


def failed_lines(field, uuid):
    return [e for e in field.device(uuid)["history"] if e["event"] == "GENERATION_FAILED"]


def session(field, uuid):
    outcome = field.agent(uuid).run()
    return outcome.report["update"], outcome.report["rtp"][0]


def test_what_cannot_be_made_is_not_tried_in_each_session(field):
    (uuid,) = field.chips
    expires = time.monotonic() + CA_S
    ca = ca_that_ends(field.service)
    pair = field.create("pair", "KEYPAIR", ID_KEY, algorithm="NIST_P256")
    bad = field.create("late", "CERTIFICATE", ID_CERT, keyPairId=pair, intermediateCaId=ca)
    time.sleep(max(0, expires - time.monotonic()) + 1)
    field.assign(uuid)
    field.service.get(f"{RTP}/devices/{decimal(uuid)}/secure-object-provisionings", wait=20)
    assert len(failed_lines(field, uuid)) == 1  # assigning it has tried, too
    before = jobs(field)
    for again in range(4):
        assert session(field, uuid) == (UPDATE_FAILED, OBJECTS_FAILED)
        assert jobs(field) == before + 1 and len(failed_lines(field, uuid)) == 2, again
    field.service.stop()
    field.service.start()
    assert session(field, uuid) == (UPDATE_FAILED, OBJECTS_FAILED)
    assert jobs(field) == before + 1 and len(failed_lines(field, uuid)) == 2
    field.service.post(f"{RTP}/secure-objects/{bad}/unassign-device-groups", [{"deviceGroupId": field.group}])
    assert session(field, uuid)[0] == SUCCESS  # another set: at once
    assert jobs(field) == before + 2
