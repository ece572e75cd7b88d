# SPDX-License-Identifier: Apache-2.0
"""Nothing is asked to be valid for longer than its CA; what is made late in a CA's life is cut to its end."""
import datetime
import subprocess

import pytest
from cryptography import x509

from tests.helpers.chip_maker import openssl
from tests.helpers.customer import Customer
from tests.helpers.preload import YEAR_S, Clock
from tests.helpers.service import ApiError, Service

RTP = "/api/v1/rtp"
BELOW = RTP + "/intermediate-cas"


@pytest.fixture(name="clock")
def fixture_clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture(name="customer")
def fixture_customer(tmp_path, clock):
    with Service(tmp_path / "engraved", env=clock.env) as service:
        yield Customer(service, tmp_path)


def beyond(where, call, *args, **more):
    with pytest.raises(ApiError) as refused:
        call(*args, **more)
    assert refused.value.code == "ERR_VALIDITY" and refused.value.status == 422
    assert refused.value.body["details"].startswith(f"{where}: CA ")
    assert "valid until 20" in refused.value.body["details"] and refused.value.body["next"]


def certificate(pair, ca, name, **validity):
    return {"name": name, "secureObjectType": "CERTIFICATE", "objectId": str(0x1002), "keyPairId": pair,
            "intermediateCaId": ca, "certificateValidity": validity}


def end_of(text):
    return x509.load_pem_x509_certificate(text.encode()).not_valid_after_utc \
        if hasattr(x509.Certificate, "not_valid_after_utc") \
        else x509.load_pem_x509_certificate(text.encode()).not_valid_after.replace(
            tzinfo=datetime.timezone.utc)


def test_cas(customer):
    service = customer.service
    root = service.post(RTP + "/root-cas", {"name": "two years", "validityYears": 2})["id"]
    order = {"name": "below", "issuerCaId": root}
    beyond("/validityYears", service.post, BELOW, {**order, "validityYears": 3})
    beyond("/validityYears", service.post, BELOW, {**order, "validityYears": 0})  # without an end
    same = service.post(BELOW, {**order, "validityYears": 2})  # a moment later: cut
    cut = service.post(BELOW, {**order, "name": "usual"})  # nothing asked: as long as the root
    end = service.get(f"{RTP}/certificate-authorities/{root}")["validTo"]
    assert same["validTo"] == cut["validTo"] == end


def test_cas_signed_outside(customer, tmp_path):
    """What an outside CA signs is held to the same rule."""
    service = customer.service
    key, root = tmp_path / "root.key", tmp_path / "root.pem"
    root.write_bytes(openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                             "-keyout", key, "-days", "30", "-subj", "/CN=outside", "-addext",
                             "keyUsage=critical,keyCertSign,cRLSign"))
    service.post(RTP + "/external-cas", {"name": "outside", "certificate": root.read_text()})
    made = service.post(BELOW, {"name": "by request", "requestType": "WITH_CSR"})["id"]
    (tmp_path / "ca.csr").write_text(service.get(f"{RTP}/certificate-authorities/{made}/csr"))
    (tmp_path / "ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")

    def signed(days):
        return subprocess.run(["openssl", "x509", "-req", "-in", tmp_path / "ca.csr", "-CA", root, "-CAkey",
                               key, "-days", str(days), "-extfile", tmp_path / "ext"],
                              capture_output=True, check=True, timeout=60).stdout.decode()

    bring = f"{RTP}/certificate-authorities/{made}/certificate"
    beyond("/certificate", service.post, bring, {"certificate": signed(60)})
    beyond("/certificate", service.post, RTP + "/external-cas", {"name": "long", "certificate": signed(60)})
    assert service.post(bring, {"certificate": signed(20)})["state"] == "ACTIVE"


def test_objects_and_devices(customer, clock):
    service = customer.service
    pair = customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
    ca = service.post(BELOW, {"name": "three years", "validityYears": 3})
    objects = RTP + "/secure-objects"
    beyond("/certificateValidity/validityDays", service.post, objects,
           certificate(pair, ca["id"], "long", validityType="DAYS", validityDays=3 * 366 + 2))
    beyond("/certificateValidity/validityNotAfter", service.post, objects,
           certificate(pair, ca["id"], "late", validityType="DATE",
                       validityNotBefore="2026-01-01T00:00:00Z", validityNotAfter="2090-01-01T00:00:00Z"))
    made = service.post(objects, certificate(pair, ca["id"], "fits", validityType="DAYS",
                                             validityDays=2 * 365))["id"]
    beyond("/certificateValidity/validityDays", service.put, f"{objects}/{made}",
           {"certificateValidity": {"validityType": "DAYS", "validityDays": 3 * 366 + 2}})
    customer.assign(made)
    early, late = customer.chips(2)

    def made_for(device):
        customer.claim([device])
        (shown,) = [o["certificate"] for o in customer.status(device, wait=20) if o.get("certificate")]
        return end_of(shown)

    end = end_of(ca["certificate"])
    assert end - made_for(early) > datetime.timedelta(days=300)
    clock.jump(2 * YEAR_S)  # two more years would be one too many
    assert made_for(late) == end
    beyond("/certificateValidity/validityDays", service.post, objects,
           certificate(pair, ca["id"], "too late", validityType="DAYS", validityDays=2 * 365))
