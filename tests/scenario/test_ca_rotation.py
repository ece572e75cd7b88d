# SPDX-License-Identifier: Apache-2.0
"""An intermediate CA hands over to its successor while a fleet of 200 devices is in the field."""
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud, certificates_of

CAS = "/api/v1/rtp/certificate-authorities"
DEVICES = 200
PUBLIC_URL = "http://pki.example"


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("rotation"), family="rw612", count=DEVICES,
               extra=["--public-url", PUBLIC_URL]) as made:
        made.usual_objects()
        for first in range(0, DEVICES, 100):
            made.assign(*made.chips[first:first + 100])
        yield made


def connect(cloud, uuids):
    """Each of them once, by a peer that behaves as NXP's agent; a few at a time."""
    def one(uuid):
        agent = cloud.peers.setdefault(uuid, cloud.agent(uuid, tls="1.3"))
        return agent.run().exit
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, uuids)) == {0}


def leaf_of(cloud, uuid):
    """The newest certificate that was made for a device."""
    listed = cloud.service.get(f"/api/v1/devices/{decimal(uuid)}/certificates")["content"]
    return listed[0]


def ocsp(cloud, folder, ca, serial):
    """What `openssl ocsp` says of a serial number."""
    chain = certificates_of(cloud.service.get(f"{CAS}/{ca}/chain"))
    (folder / "issuer.pem").write_bytes(chain[0].public_bytes(Encoding.PEM))
    (folder / "root.pem").write_bytes(chain[-1].public_bytes(Encoding.PEM))
    done = subprocess.run(["openssl", "ocsp", "-issuer", folder / "issuer.pem", "-CAfile", folder / "root.pem",
                           "-serial", f"0x{serial}", "-url", f"{cloud.service.public_url}/ocsp/{ca}"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert "Response verify OK" in done.stdout + done.stderr
    return done.stdout.split(": ")[1].split("\n")[0]


def crl_serials(cloud, ca):
    der = requests.get(f"{cloud.service.public_url}/api/v1/crl/{ca}.crl", timeout=30).content
    return {e.serial_number for e in x509.load_der_x509_crl(der)}


def test_two_hundred_devices_move_without_downtime(cloud, tmp_path):
    service = cloud.service
    cloud.peers = {}
    old = cloud.ca
    connect(cloud, cloud.chips)
    before = {uuid: leaf_of(cloud, uuid) for uuid in cloud.chips}
    assert {leaf["caId"] for leaf in before.values()} == {old}
    assert service.get(f"{CAS}/{old}/rotation") == \
        {"caId": old, "successorId": None, "objects": 0, "devices": 0, "remaining": 0}

    new = service.post("/api/v1/rtp/intermediate-cas", {
        "name": "successor", "algorithm": "NIST_P256", "requestType": "WITHOUT_CSR"})["id"]
    said = service.post(f"{CAS}/{old}/rotation", {"successorId": new})
    assert said == {"caId": old, "successorId": new, "objects": 1, "devices": DEVICES, "remaining": DEVICES}

    half = cloud.chips[:DEVICES // 2]
    connect(cloud, half)
    assert service.get(f"{CAS}/{old}/rotation")["remaining"] == DEVICES - len(half)
    moved, waiting = half[0], cloud.chips[-1]
    assert leaf_of(cloud, moved)["caId"] == new and leaf_of(cloud, waiting)["caId"] == old
    # both chains hold while some have moved and some have not
    assert ocsp(cloud, tmp_path, new, leaf_of(cloud, moved)["serialNumber"]) == "good"
    assert ocsp(cloud, tmp_path, old, leaf_of(cloud, waiting)["serialNumber"]) == "good"
    assert ocsp(cloud, tmp_path, old, before[moved]["serialNumber"]) == "good"
    # and so does revocation, by either
    service.post(f"/api/v1/devices/{decimal(waiting)}/revoke-certificates", {"reason": "keyCompromise"})
    assert int(before[waiting]["serialNumber"], 16) in crl_serials(cloud, old)
    assert ocsp(cloud, tmp_path, old, before[waiting]["serialNumber"]) == "revoked"

    connect(cloud, cloud.chips[DEVICES // 2:])
    assert service.get(f"{CAS}/{old}/rotation") == \
        {"caId": old, "successorId": new, "objects": 1, "devices": DEVICES, "remaining": 0}
    assert {leaf_of(cloud, uuid)["caId"] for uuid in cloud.chips} == {new}
    connect(cloud, cloud.chips[:5])  # nothing is left to do
    assert service.post(f"{CAS}/{old}/rotation", {"successorId": new})["objects"] == 1


def test_what_cannot_take_over(cloud):
    from tests.helpers.service import ApiError
    for body, code in (
            ({}, "ERR_JSON_TYPE"), ({"successorId": 99999}, "ERR_CA_UNKNOWN"), ({"successorId": cloud.ca}, "ERR_FIELD")):
        with pytest.raises(ApiError) as e:
            cloud.service.post(f"{CAS}/{cloud.ca}/rotation", body)
        assert e.value.code == code
