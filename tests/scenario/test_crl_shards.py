# SPDX-License-Identifier: Apache-2.0
"""Lists of revoked certificates in shards: what a certificate names is short and complete for it."""
import subprocess

import pytest
import requests
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID

from tests.helpers.factory import Factory, uuid_dec

CA = "/api/v1/rtp/certificate-authorities"
PUBLIC_URL = "http://pki.example"
PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module", name="factory")
def fixture_factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("shards"), extra=["--public-url", PUBLIC_URL]) as f:
        f.line = f.add_line("mcxn947", nc12=935000000779, count=4)
        f.chain = f.service.get(f"{CA}/{f.line.ca}/chain")
        yield f


def leaf_of(factory, index):
    uuid = uuid_dec(factory.line.uuids[index])
    factory.service.post(factory.line.path("/devices"), {"deviceIds": [uuid]})
    path = f"/api/v1/rtp/devices/{uuid}/secure-object-provisionings"
    made = factory.service.get(path, wait=30)["content"]
    return next(x509.load_pem_x509_certificate(p["certificate"].encode()) for p in made if p.get("certificate"))


def point_of(leaf):
    points = leaf.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
    return points[0].full_name[0].value


def shard_of(leaf):
    return int.from_bytes(leaf.serial_number.to_bytes(20, "big")[6:9], "big")


def fetch(factory, url):
    answer = requests.get(url.replace(PUBLIC_URL, factory.service.public_url), timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.content


def verify(factory, tmp_path, leaf, crl):
    """Exit code and words of `openssl verify -crl_check` with this CRL."""
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(PEM))
    (tmp_path / "root.pem").write_text(factory.chain[factory.chain.rindex("-----BEGIN"):])
    (tmp_path / "chain.pem").write_text(factory.chain)
    (tmp_path / "crl.pem").write_bytes(x509.load_der_x509_crl(crl).public_bytes(PEM))
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-crl_check", "-CAfile", tmp_path / "root.pem",
                           "-untrusted", tmp_path / "chain.pem", "-CRLfile", tmp_path / "crl.pem",
                           tmp_path / "leaf.pem"], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def serials(crl):
    listed = asn1_crl.CertificateList.load(crl, strict=True)["tbs_cert_list"]["revoked_certificates"].native
    return [e["user_certificate"] for e in listed or []]


def test_a_certificate_names_the_list_of_its_shard(factory, tmp_path):
    leaf = leaf_of(factory, 0)
    assert shard_of(leaf) == 1
    assert point_of(leaf) == f"{PUBLIC_URL}/api/v1/crl/{factory.line.ca}/1.crl"
    crl = fetch(factory, point_of(leaf))
    scope = x509.load_der_x509_crl(crl).extensions.get_extension_for_oid(ExtensionOID.ISSUING_DISTRIBUTION_POINT)
    assert scope.critical and scope.value.full_name[0].value == point_of(leaf)
    assert not scope.value.only_contains_user_certs and not scope.value.indirect_crl
    assert serials(crl) == [] and verify(factory, tmp_path, leaf, crl)[0] == 0
    assert fetch(factory, point_of(leaf)) == crl  # kept

    device = uuid_dec(factory.line.uuids[0])
    assert factory.service.post(f"/api/v1/devices/{device}/revoke-certificates", {"reason": "superseded"}) \
        == {"revoked": 1}
    after = fetch(factory, point_of(leaf))
    assert serials(after) == [leaf.serial_number]
    code, words = verify(factory, tmp_path, leaf, after)
    assert code != 0 and "certificate revoked" in words
    complete = fetch(factory, f"{PUBLIC_URL}/api/v1/crl/{factory.line.ca}.crl")
    assert leaf.serial_number in serials(complete)
    code, words = verify(factory, tmp_path, leaf, complete)  # the complete list serves everybody
    assert code != 0 and "certificate revoked" in words


def test_old_and_new_certificates_verify_by_their_own_lists(factory, tmp_path):
    """Past 10,000 certificates the next shard begins; nothing changes for those of the first."""
    old = leaf_of(factory, 1)
    new = None
    service = factory.service
    for number in range(12):  # each start of the service takes places for a thousand certificates
        service.restart()
        uuid = uuid_dec(factory.line.uuids[2])
        group = service.post(factory.line.path("").rsplit("/", 1)[0], {"deviceGroupName": f"burn {number}"})["id"]
        for name in factory.line.objects.values():
            service.post(f"/api/v1/rtp/secure-objects/{name}/assign-device-group", {"deviceGroupId": group})
        base = f"/api/v1/products/{factory.line.nc12}/device-groups/{group}/devices"
        service.post(base, {"deviceIds": [uuid]})
        made = service.get(f"/api/v1/rtp/devices/{uuid}/secure-object-provisionings", wait=30)["content"]
        new = next(x509.load_pem_x509_certificate(p["certificate"].encode()) for p in made if p.get("certificate"))
        service.post(f"{base}/unclaim", {"deviceIds": [uuid]})
        if shard_of(new) > 1:
            break
    assert shard_of(old) == 1 and shard_of(new) == 2
    lists = {leaf: fetch(factory, point_of(leaf)) for leaf in (old, new)}
    for leaf, crl in lists.items():
        assert verify(factory, tmp_path, leaf, crl)[0] == 0
    code, words = verify(factory, tmp_path, new, lists[old])  # the wrong shard is not taken for the right one
    assert code != 0 and ("unable to get certificate CRL" in words or "scope" in words), words

    made = service.post(f"{CA}/{factory.line.ca}/revocations",
                        {"serialNumber": f"{new.serial_number:040x}", "reason": "keyCompromise"})
    assert made["reason"] == "keyCompromise"  # by serial number alone: it says its shard
    code, words = verify(factory, tmp_path, new, fetch(factory, point_of(new)))
    assert code != 0 and "certificate revoked" in words
    assert fetch(factory, point_of(old)) == lists[old]  # untouched
    assert verify(factory, tmp_path, old, lists[old])[0] == 0


def test_there_are_no_other_lists(factory):
    for name in (f"{factory.line.ca}/0.crl", f"{factory.line.ca}/99.crl", f"{factory.line.ca}/1", "99999/1.crl",
                 f"{factory.line.ca}/16777216.crl"):
        assert requests.get(f"{factory.service.public_url}/api/v1/crl/{name}", timeout=30).status_code == 404
