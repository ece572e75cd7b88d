# SPDX-License-Identifier: Apache-2.0
"""CAs by request and from outside, profiles, Matter, revocation and CRLs, read by other programs."""
import base64
import datetime
import subprocess

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import crl as asn1_crl
from asn1crypto import csr as asn1_csr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

from tests.helpers.factory import Factory, uuid_dec
from tests.helpers.service import ApiError, Service

CA = "/api/v1/rtp/certificate-authorities"
PUBLIC_URL = "http://pki.example"
VID, PID = (x509.ObjectIdentifier(f"1.3.6.1.4.1.37244.2.{n}") for n in (1, 2))
NC12 = 935000000777


@pytest.fixture(scope="module", name="factory")
def fixture_factory(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    with Factory(folder, extra=["--public-url", PUBLIC_URL]) as f:
        f.line = f.add_line("mcxn947", nc12=NC12, count=3)
        yield f


@pytest.fixture(name="service")
def fixture_service(factory):
    return factory.service


def refused(code, call, *args, **more):
    with pytest.raises(ApiError) as e:
        call(*args, **more)
    assert e.value.code == code, e.value
    return e.value


def pem_cert(text):
    return x509.load_pem_x509_certificate(text.encode())


def assign(service, line, uuids):
    """Assign devices and wait until everything is made."""
    service.post(line.path("/devices"), {"deviceIds": [uuid_dec(u) for u in uuids]})
    for uuid in uuids:
        service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings", wait=30)


def certificates(service, uuid):
    """Leaf certificates of a device in its present group, by name of the object."""
    answer = service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")
    return {p["secureObjectName"]: pem_cert(p["certificate"])
            for p in answer["content"] if p.get("certificate")}


def crl_of(service, ca):
    """DER of a CRL, fetched without an API key."""
    answer = service.session.get(f"{service.url}/api/v1/crl/{ca}.crl", headers={"EL2G-API-Key": None}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/pkix-crl"
    return answer.content


def openssl_verify(folder, leaf, chain_pem, crls):
    """Exit code and words of `openssl verify -crl_check`."""
    certs = chain_pem.strip().split("-----END CERTIFICATE-----\n")
    root = chain_pem[chain_pem.rindex("-----BEGIN"):]
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    (folder / "root.pem").write_text(root)
    (folder / "chain.pem").write_text(chain_pem)
    assert len(certs) >= 1
    (folder / "crls.pem").write_bytes(b"".join(
        x509.load_der_x509_crl(c).public_bytes(serialization.Encoding.PEM) for c in crls))
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-crl_check", "-CAfile", folder / "root.pem",
                           "-untrusted", folder / "chain.pem", "-CRLfile", folder / "crls.pem",
                           folder / "leaf.pem"], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


# ---- revocation --------------------------------------------------------------------------------


def test_a_revoked_certificate_is_on_the_next_crl(factory, service, tmp_path):
    line = factory.line
    victim, other = line.uuids[:2]
    assign(service, line, [victim, other])
    leaf = certificates(service, victim)["mcxn947 certificate"]
    kept = certificates(service, other)["mcxn947 certificate"]
    point = leaf.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value[0]
    assert point.full_name[0].value == f"{PUBLIC_URL}/api/v1/crl/{line.ca}/1.crl"
    assert service.get(f"{CA}/{line.ca}")["crlUrl"] == f"{PUBLIC_URL}/api/v1/crl/{line.ca}.crl"
    chain = service.get(f"{CA}/{line.ca}/chain")
    before = crl_of(service, line.ca)
    assert openssl_verify(tmp_path, leaf, chain, [before])[0] == 0
    assert crl_of(service, line.ca) == before  # kept, not made each time

    listed = service.get(f"/api/v1/devices/{uuid_dec(victim)}/certificates")["content"]
    assert [int(c["serialNumber"], 16) for c in listed] == [leaf.serial_number]
    assert listed[0]["caId"] == line.ca and listed[0]["revokedAt"] is None
    path = f"/api/v1/devices/{uuid_dec(victim)}/revoke-certificates"
    assert service.post(path, {"reason": "keyCompromise"}) == {"revoked": 1}
    after = crl_of(service, line.ca)  # the very next one knows
    code, words = openssl_verify(tmp_path, leaf, chain, [after])
    assert code != 0 and "certificate revoked" in words
    assert openssl_verify(tmp_path, kept, chain, [after])[0] == 0
    assert service.post(path, {"reason": "superseded"}) == {"revoked": 0}  # the first word stays
    lines = [e for e in service.get(f"/api/v1/devices/{uuid_dec(victim)}")["history"]
             if e["event"] == "CERTIFICATE_REVOKED"]  # the first word once, nothing of the second
    assert [(e["deviceGroupId"], e["detail"].split(": ")[1]) for e in lines] == [(line.group, "keyCompromise")]
    assert int(lines[0]["detail"].split(": ")[0].rsplit(" ", 1)[1], 16) == leaf.serial_number
    assert not any(e["event"] == "CERTIFICATE_REVOKED"
                   for e in service.get(f"/api/v1/devices/{uuid_dec(other)}")["history"])
    listed = service.get(f"/api/v1/devices/{uuid_dec(victim)}/certificates")["content"]
    assert listed[0]["reason"] == "keyCompromise" and listed[0]["revokedAt"]

    crl = x509.load_der_x509_crl(after)
    ca = pem_cert(service.get(f"{CA}/{line.ca}")["certificate"])
    assert crl.is_signature_valid(ca.public_key())
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry.extensions.get_extension_for_oid(x509.CRLEntryExtensionOID.CRL_REASON).value.reason \
        == x509.ReasonFlags.key_compromise
    numbers = [x509.load_der_x509_crl(c).extensions.get_extension_for_oid(ExtensionOID.CRL_NUMBER).value.crl_number
               for c in (before, after)]
    assert numbers[0] < numbers[1]
    aki = crl.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
    ski = ca.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value
    assert aki.key_identifier == ski.digest
    second = asn1_crl.CertificateList.load(after, strict=True)["tbs_cert_list"]
    assert second["version"].native == "v2"
    assert [e["user_certificate"].native for e in second["revoked_certificates"]] == [leaf.serial_number]


def test_revocations_survive_a_restart_and_serials_sort(factory, service):
    line = factory.line
    before = len(service.get(f"{CA}/{line.ca}/revocations")["content"])
    for serial in ("80", "7f", "4001", "00ff"):
        made = service.post(f"{CA}/{line.ca}/revocations", {"serialNumber": serial, "reason": "superseded"})
        assert int(made["serialNumber"], 16) == int(serial, 16)
    service.restart()
    again = service.get(f"{CA}/{line.ca}/revocations")["content"]
    assert len(again) == before + 4
    entries = asn1_crl.CertificateList.load(crl_of(service, line.ca))["tbs_cert_list"]["revoked_certificates"]
    serials = [e["user_certificate"].native for e in entries]
    assert serials == sorted(serials) and {0x7F, 0x80, 0xFF, 0x4001} <= set(serials)


def test_what_cannot_be_revoked(factory, service):
    line = factory.line
    device = f"/api/v1/devices/{uuid_dec(line.uuids[2])}"
    refused("ERR_CERTIFICATE_UNKNOWN", service.post, f"{device}/revoke-certificates", {})
    refused("ERR_DEVICE_UNKNOWN", service.post, "/api/v1/devices/77/revoke-certificates", {})
    refused("ERR_FIELD", service.post, f"{device}/revoke-certificates", {"reason": "because"})
    refused("ERR_CA_UNKNOWN", service.post, f"{CA}/999999/revocations", {"serialNumber": "01"})
    for bad in ("0", "xy", "00", "01" * 21):
        refused("ERR_FIELD", service.post, f"{CA}/{line.ca}/revocations", {"serialNumber": bad})
    for name in ("999999.crl", f"{line.ca}", "x.crl"):
        assert service.call("GET", f"/api/v1/crl/{name}").status_code == 404


# ---- outside CAs -------------------------------------------------------------------------------


class OutsideRoot:
    """Somebody else's root."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self.sign(self.name, self.key.public_key(), 2)

    def sign(self, subject, public_key, path_len, ca=True, days=3650):
        now = datetime.datetime.utcnow() - datetime.timedelta(days=1)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=10))
                   .not_valid_after(now + datetime.timedelta(days=days))
                   .add_extension(x509.BasicConstraints(ca, path_len if ca else None), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
                   .add_extension(x509.KeyUsage(True, False, False, False, False, ca, ca, False, False), True))
        return builder.sign(self.key, hashes.SHA384())


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def test_a_ca_by_request_issues_under_an_outside_root(factory, service, tmp_path):
    line = factory.line
    root = OutsideRoot("Outside Root")
    made = service.post("/api/v1/rtp/intermediate-cas", {"name": "by request", "requestType": "WITH_CSR"})
    assert made["state"] == "PENDING" and made["certificate"] is None
    text = service.get(f"{CA}/{made['id']}/csr")
    (tmp_path / "ca.csr").write_text(text)
    done = subprocess.run(["openssl", "req", "-verify", "-noout", "-in", tmp_path / "ca.csr"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "verify OK" in done.stdout + done.stderr
    request = x509.load_pem_x509_csr(text.encode())
    assert request.is_signature_valid
    assert request.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value.ca
    assert asn1_csr.CertificationRequest.load(request.public_bytes(serialization.Encoding.DER), strict=True)

    certificate = f"{CA}/{made['id']}/certificate"
    signed = root.sign(request.subject, request.public_key(), 0)
    refused("ERR_CA_CERTIFICATE", service.post, certificate, {"certificate": pem(signed)})  # root unknown
    external = service.post("/api/v1/rtp/external-cas", {"name": "outside", "certificate": pem(root.certificate)})
    assert external["kind"] == "EXTERNAL" and external["issuerCaId"] is None
    other_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    wrong = [root.sign(request.subject, other_key, 0), root.sign(request.subject, request.public_key(), 0, ca=False),
             root.sign(request.subject, request.public_key(), 0, days=-5),
             OutsideRoot("Outside Root").sign(request.subject, request.public_key(), 0)]
    for cert in wrong:
        refused("ERR_CA_CERTIFICATE", service.post, certificate, {"certificate": pem(cert)})
    refused("ERR_BAD_CERTIFICATE", service.post, certificate, {"certificate": "-----BEGIN CERTIFICATE-----"})
    order = {"name": "too early", "secureObjectType": "CERTIFICATE", "objectId": "0x1777",
             "keyPairId": line.objects["mcxn947 key"], "intermediateCaId": made["id"]}
    refused("ERR_CA_PENDING", service.post, "/api/v1/rtp/secure-objects", order)
    refused("ERR_CA_EXTERNAL", service.post, "/api/v1/rtp/secure-objects", {**order, "intermediateCaId": external["id"]})
    active = service.post(certificate, {"certificate": pem(signed)})
    assert active["state"] == "ACTIVE" and active["issuerCaId"] == external["id"]
    refused("ERR_CA_NOT_PENDING", service.post, certificate, {"certificate": pem(signed)})

    factory.create(line, "under outside", "CERTIFICATE", 0x1777, keyPairId=order["keyPairId"],
                   intermediateCaId=made["id"])
    assign(service, line, line.uuids[2:3])
    leaf = certificates(service, line.uuids[2])["under outside"]
    chain = service.get(f"{CA}/{made['id']}/chain")
    assert openssl_verify(tmp_path, leaf, chain, [crl_of(service, made["id"])])[0] == 0
    refused("ERR_IN_USE", service.delete, f"{CA}/{made['id']}")
    refused("ERR_IN_USE", service.delete, f"{CA}/{external['id']}")
    refused("ERR_CA_EXTERNAL", service.post, f"{CA}/{external['id']}/revocations", {"serialNumber": "01"})


def test_a_ca_that_nothing_uses_is_deleted(service):
    made = service.post("/api/v1/rtp/intermediate-cas", {"name": "short-lived"})
    crl_of(service, made["id"])
    service.delete(f"{CA}/{made['id']}")
    refused("ERR_CA_UNKNOWN", service.get, f"{CA}/{made['id']}")
    assert service.call("GET", f"/api/v1/crl/{made['id']}.crl").status_code == 404


def test_outside_certificates_that_are_none(service):
    root = OutsideRoot("Nobody")
    leaf = root.sign(root.name, ec.generate_private_key(ec.SECP256R1()).public_key(), 0, ca=False)
    below = root.sign(root.name, ec.generate_private_key(ec.SECP256R1()).public_key(), 0)
    for cert in (leaf, below):
        refused("ERR_CA_CERTIFICATE", service.post, "/api/v1/rtp/external-cas", {"name": "n", "certificate": pem(cert)})
    refused("ERR_BAD_CERTIFICATE", service.post, "/api/v1/rtp/external-cas", {"name": "n", "certificate": "nothing"})


# ---- profiles ----------------------------------------------------------------------------------


def usage(cert):
    return cert.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE)


def test_profiles_shape_certificates(factory, service):
    line = factory.line
    assert {p["name"] for p in service.get("/api/v1/rtp/certificate-profiles")["content"]} == {
        "device-identity", "aws-iot", "azure-iot", "matter-dac", "matter-pai", "matter-paa"}
    always = service.post("/api/v1/rtp/root-cas", {"name": "for ever", "validityYears": 0})
    assert always["validTo"] is None
    sub = service.post("/api/v1/rtp/intermediate-cas", {"name": "for ever below", "validityYears": 0,
                                                        "issuerCaId": always["id"]})
    pair = line.objects["mcxn947 key"]
    for i, name in enumerate(("device-identity", "aws-iot", "azure-iot")):
        factory.create(line, name, "CERTIFICATE", 0x1600 + i, keyPairId=pair, profile=name,
                       intermediateCaId=sub["id"], commonNamePrefix="dev-", includeChain=False)
    assign(service, line, line.uuids[2:3])
    certs = certificates(service, line.uuids[2])
    uuid = line.uuids[2]
    for name in ("device-identity", "aws-iot", "azure-iot"):
        cert = certs[name]
        assert usage(cert).critical and usage(cert).value.digital_signature
        basic = cert.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS)
        assert basic.critical and not basic.value.ca
        assert cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == f"dev-{uuid}"
        assert cert.not_valid_after == datetime.datetime(9999, 12, 31, 23, 59, 59)
        cert.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    serial = certs["device-identity"].subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    assert serial[0].value == uuid
    for name in ("aws-iot", "azure-iot"):
        eku = certs[name].extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
        assert x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH in eku


@pytest.mark.parametrize("profile,members", [
    ("aws-iot", {"extendedKeyUsage": ["serverAuth"]}),
    ("aws-iot", {"keyUsage": ["dataEncipherment"]}),
    ("azure-iot", {"commonNamePrefix": "dev ice"}),
    ("device-identity", {"includeAuthorityKeyIdentifier": False}),
    ("matter-dac", {"vendorId": "FFF1", "productId": "8000"}),
    ("device-identity", {"vendorId": "FFF1"}),
])
def test_what_a_profile_refuses(factory, service, profile, members):
    line = factory.line
    order = {"name": "never", "secureObjectType": "CERTIFICATE", "objectId": "0x1700", "profile": profile,
             "keyPairId": line.objects["mcxn947 key"], "intermediateCaId": line.ca, **members}
    assert refused("ERR_PROFILE", service.post, "/api/v1/rtp/secure-objects", order).body["details"]


def test_profiles_look_at_the_algorithm(factory, service):
    line = factory.line
    pair = factory.create(line, "ed25519", "KEYPAIR", 0x1650, assign=False, algorithm="ECC_ED_25519")
    order = {"name": "never", "secureObjectType": "CERTIFICATE", "objectId": "0x1700", "profile": "aws-iot",
             "keyPairId": pair, "intermediateCaId": line.ca}
    refused("ERR_PROFILE", service.post, "/api/v1/rtp/secure-objects", order)
    refused("ERR_FIELD", service.post, "/api/v1/rtp/secure-objects", {**order, "profile": "nothing"})
    refused("ERR_PROFILE", service.post, "/api/v1/rtp/root-cas",
            {"name": "n", "profile": "matter-paa", "algorithm": "NIST_P384"})
    refused("ERR_PROFILE", service.post, "/api/v1/rtp/intermediate-cas",
            {"name": "n", "profile": "matter-pai", "vendorId": "FFF1"})  # under the default root
    refused("ERR_FIELD", service.post, "/api/v1/rtp/root-cas", {"name": "n", "vendorId": "FFF1"})


# ---- Matter ------------------------------------------------------------------------------------


def matter_group(service, name, production=False):
    return service.post(f"/api/v1/products/{NC12}/device-groups",
                        {"deviceGroupName": name, "lifeCycle": "OPEN", "production": production})["id"]


def matter_ids(name):
    return [[a.value for a in name.get_attributes_for_oid(oid)] for oid in (VID, PID)]


def test_matter_by_one_command(factory, service, tmp_path):
    line = factory.line
    service.post(line.path("/unclaim"))
    group = matter_group(service, "matter")
    done = factory.engrave("matter", "setup", "-c", line.config, "--nc12", NC12, "--vendor", "FFF1",
                           "--product", "8000", group)
    assert "dacId" in done.stdout
    path = f"/api/v1/products/{NC12}/device-groups/{group}"
    made = service.post(f"{path}/matter", {"vendorId": "FFF1", "productId": "8000"})
    again = service.post(f"{path}/matter", {"vendorId": "FFF1", "productId": "8000"})
    assert made == again and made["test"]
    line.objects["matter rkth"] = made
    rkth = line.objects["mcxn947 boot key hash"]
    service.post(f"/api/v1/rtp/secure-objects/{rkth}/assign-device-group", {"deviceGroupId": group})
    device = line.uuids[0]
    service.post(f"{path}/devices", {"deviceIds": [uuid_dec(device)]})
    service.get(f"/api/v1/rtp/devices/{uuid_dec(device)}/secure-object-provisionings", wait=30)
    dac = next(iter(certificates(service, device).values()))
    pai = pem_cert(service.get(f"{CA}/{made['paiCaId']}")["certificate"])
    paa = pem_cert(service.get(f"{CA}/{made['paaCaId']}")["certificate"])
    assert matter_ids(dac.subject) == [["FFF1"], ["8000"]]
    assert matter_ids(pai.subject) == [["FFF1"], ["8000"]]
    assert matter_ids(paa.subject) == [[], []]
    for cert, path_len in ((paa, 1), (pai, 0), (dac, None)):
        basic = cert.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS)
        assert basic.critical and basic.value.path_length == path_len and basic.value.ca == (path_len is not None)
        assert usage(cert).critical and usage(cert).value.key_cert_sign == basic.value.ca
        assert isinstance(cert.public_key().curve, ec.SECP256R1)
        assert cert.signature_hash_algorithm.name == "sha256"
        cert.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    assert [e.oid for e in dac.extensions if e.critical] == [ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE]
    leaf_usage = usage(dac).value
    assert leaf_usage.digital_signature and not (leaf_usage.key_agreement or leaf_usage.key_encipherment)
    files = [tmp_path / n for n in ("paa.pem", "pai.pem", "dac.pem")]
    for file, cert in zip(files, (paa, pai, dac)):
        file.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", files[0], "-untrusted", files[1], files[2]],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    check_declaration(service, made)


def check_declaration(service, made):
    definition = service.get(f"/api/v1/rtp/secure-objects/{made['certificationDeclarationId']}")["definition"]
    der = base64.b64decode(definition["payload"]["binaryFile"])
    signed = asn1_cms.ContentInfo.load(der, strict=True)["content"]
    assert signed["version"].native == "v3" and len(signed["signer_infos"]) == 1
    content = signed["encap_content_info"]["content"].native
    assert content.startswith(bytes.fromhex("152400012501f1ff360205008018"))
    signer = signed["signer_infos"][0]
    assert signer["signed_attrs"].native is None
    cert = pem_cert(service.get("/api/v1/matter/test-cd-signer"))
    ski = cert.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER).value.digest
    assert signer["sid"].native == ski
    cert.public_key().verify(signer["signature"].native, content, ec.ECDSA(hashes.SHA256()))


def test_test_roots_stay_out_of_production(factory, service):
    line = factory.line
    plain = matter_group(service, "matter plain")
    group = matter_group(service, "matter production", production=True)
    path = f"/api/v1/products/{NC12}/device-groups"
    assert service.get(f"{path}/{group}")["production"]
    ids = {"vendorId": "FFF1", "productId": "8000"}
    refused("ERR_TEST_ONLY", service.post, f"{path}/{group}/matter", ids)
    made = service.post(f"{path}/{plain}/matter", ids)
    refused("ERR_TEST_ONLY", service.post, f"{path}/{group}/matter", {**ids, "paiCaId": made["paiCaId"]})
    for name in ("keyPairId", "dacId"):
        order = (f"/api/v1/rtp/secure-objects/{made[name]}/assign-device-group", {"deviceGroupId": group})
        if name == "dacId":
            refused("ERR_TEST_ONLY", service.post, *order)
        else:
            service.post(*order)
    refused("ERR_TEST_ONLY", service.post,
            f"/api/v1/rtp/secure-objects/{made['certificationDeclarationId']}/assign-device-group",
            {"deviceGroupId": group})
    refused("ERR_TEST_ONLY", service.put, f"{path}/{plain}", {"production": True})
    refused("ERR_PROFILE", service.post, f"{path}/{plain}/matter", {"vendorId": "fff1", "productId": "8000"})
    refused("ERR_PROFILE", service.post, f"{path}/{plain}/matter", {"vendorId": "FFF2", "productId": "8000",
                                                                     "paiCaId": made["paiCaId"]})
    refused("ERR_PROFILE", service.post, f"{path}/{plain}/matter", {**ids, "paiCaId": line.ca})
    refused("ERR_BAD_CMS", service.post, f"{path}/{plain}/matter", {**ids, "certificationDeclaration": "MAMCAQA="})


def test_public_url_is_checked(tmp_path):
    for bad in ("ftp://x", "http://", "http://x/", "http://a b"):
        with pytest.raises(Exception):  # noqa: B017, the process ends before it is ready
            Service(tmp_path / "s", extra=["--public-url", bad])
