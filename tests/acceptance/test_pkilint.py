# SPDX-License-Identifier: Apache-2.0
"""pkilint finds no error in any certificate, CRL and OCSP response that the service issues, for every profile."""
import datetime
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from tests.helpers.factory import Factory, uuid_dec
from tests.helpers.spsdk import venv_program

NC12 = 935000000778
CA = "/api/v1/rtp/certificate-authorities"
LEAVES = ["device-identity", "aws-iot", "azure-iot"]
ALGORITHMS = ["NIST_P384", "RSA_2048"]


def outside_root(service, request):
    """The certificate of a CA by request, and the outside root that signs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Outside Root")])
    now = datetime.datetime.utcnow() - datetime.timedelta(days=1)

    def sign(subject, public_key, path_len):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(name).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(now)
                   .not_valid_after(now + datetime.timedelta(days=3650))
                   .add_extension(x509.BasicConstraints(True, path_len), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
                   .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True))
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    service.post("/api/v1/rtp/external-cas", {"name": "outside", "certificate": sign(name, key.public_key(), 1)})
    return sign(request.subject, request.public_key(), 0)


def save_ocsp(service, folder, ca):
    """One response for a certificate that is good, revoked and unknown, and the responder's certificate."""
    leaf = x509.load_pem_x509_certificate((folder / "mcxn947-certificate.pem").read_bytes())
    issuer = x509.load_pem_x509_certificate((folder / "default-intermediate.pem").read_bytes())
    above = x509.load_pem_x509_certificate((folder / "default-root.pem").read_bytes())
    root = service.get(f"{CA}/{ca}")["issuerCaId"]
    for name, one, under, id_ in (("revoked", leaf, issuer, ca), ("good", issuer, above, root),
                                  ("unknown", above, above, root)):
        body = ocsp.OCSPRequestBuilder().add_certificate(one, under, hashes.SHA1()).build()
        answer = service.call("POST", f"/ocsp/{id_}", data=body.public_bytes(serialization.Encoding.DER)).content
        said = ocsp.load_der_ocsp_response(answer)
        assert said.certificate_status.name == name.upper()
        (folder / f"{name}.ocsp").write_bytes(answer)
        pem = said.certificates[0].public_bytes(serialization.Encoding.PEM)
        (folder / f"ocsp-responder-{name}.pem").write_bytes(pem)


@pytest.fixture(scope="module", name="issued")
def fixture_issued(tmp_path_factory):
    """A folder with everything the service issues: NAME.pem of certificates, NAME.crl (DER) of CRLs."""
    folder = tmp_path_factory.mktemp("pkilint")
    with Factory(folder / "factory", extra=["--public-url", "http://pki.example"]) as f:
        service = f.service
        line = f.add_line("mcxn947", nc12=NC12, count=1)
        cas = {"default-intermediate": line.ca, "default-root": service.get(f"{CA}/{line.ca}")["issuerCaId"]}
        root = service.post("/api/v1/rtp/root-cas", {"name": "no end", "validityYears": 0})
        cas["root-without-end"] = root["id"]
        for alg in ALGORITHMS:
            cas[alg] = service.post("/api/v1/rtp/intermediate-cas", {
                "name": alg, "algorithm": alg, "issuerCaId": root["id"], "validityYears": 0})["id"]
        pending = service.post("/api/v1/rtp/intermediate-cas", {"name": "by request", "requestType": "WITH_CSR"})
        request = x509.load_pem_x509_csr(service.get(f"{CA}/{pending['id']}/csr").encode())
        service.post(f"{CA}/{pending['id']}/certificate", {"certificate": outside_root(service, request)})
        cas["by-request"] = pending["id"]
        pair = line.objects["mcxn947 key"]
        for i, profile in enumerate(LEAVES):
            f.create(line, profile, "CERTIFICATE", 0x1600 + i, keyPairId=pair, profile=profile,
                     intermediateCaId=cas["NIST_P384"], commonNamePrefix="dev-", includeChain=False)
        f.create(line, "under-rsa", "CERTIFICATE", 0x1610, keyPairId=pair, profile="aws-iot",
                 intermediateCaId=cas["RSA_2048"], includeChain=False)
        f.create(line, "under-request", "CERTIFICATE", 0x1611, keyPairId=pair, profile="device-identity",
                 intermediateCaId=pending["id"], includeChain=False)
        made = service.post(line.path("/matter"), {"vendorId": "FFF1", "productId": "8000"})
        cas["matter-pai"], cas["matter-paa"] = made["paiCaId"], made["paaCaId"]
        device = uuid_dec(line.uuids[0])
        service.post(line.path("/devices"), {"deviceIds": [device]})
        answer = service.get(f"/api/v1/rtp/devices/{device}/secure-object-provisionings", wait=30)
        for p in answer["content"]:
            if p.get("certificate"):
                name = "matter-dac" if p["secureObjectId"] == made["dacId"] else p["secureObjectName"]
                (folder / f"{name.replace(' ', '-')}.pem").write_text(p["certificate"])
        crls = {}
        for name, ca in cas.items():
            (folder / f"{name}.pem").write_text(service.get(f"{CA}/{ca}")["certificate"])
            crls[f"{name}-empty"] = service.call("GET", f"/api/v1/crl/{ca}.crl").content
        for reason in ("unspecified", "keyCompromise", "superseded"):
            service.post(f"{CA}/{line.ca}/revocations", {"serialNumber": f"4{len(reason):03x}", "reason": reason})
        crls["three-revoked"] = service.call("GET", f"/api/v1/crl/{line.ca}.crl").content
        service.post(f"/api/v1/devices/{device}/revoke-certificates", {"reason": "superseded"})
        crls["shard"] = service.call("GET", f"/api/v1/crl/{line.ca}/1.crl").content
        save_ocsp(service, folder, line.ca)
        for name, der in crls.items():
            (folder / f"{name}.crl").write_bytes(der)
    return folder


def lint(program, *args):
    """Words of a linter about one file; the test fails on anything of severity ERROR or above."""
    done = subprocess.run([str(venv_program(program)), "lint", "-s", "ERROR", *map(str, args)], capture_output=True,
                          text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_profile_is_there(issued):
    names = {p.stem for p in issued.glob("*.pem")}
    assert {*LEAVES, "matter-dac", "matter-pai", "matter-paa", "by-request", "mcxn947-certificate"} <= names


def test_certificates(issued):
    problems = {}
    for file in sorted(issued.glob("*.pem")):
        code, words = lint("lint_pkix_cert", file)
        if code != 0:
            problems[file.stem] = words
    assert not problems, "\n".join(f"{k}:\n{v}" for k, v in problems.items())


def test_crls(issued):
    problems = {}
    for file in sorted(issued.glob("*.crl")):
        code, words = lint("lint_crl", "-t", "CRL", "-p", "PKIX", file)
        if code != 0:
            problems[file.stem] = words
    assert not problems, "\n".join(f"{k}:\n{v}" for k, v in problems.items())


def test_ocsp_responses(issued):
    problems = {}
    for file in sorted(issued.glob("*.ocsp")):
        code, words = lint("lint_ocsp_response", file)
        if code != 0:
            problems[file.stem] = words
    assert not problems, "\n".join(f"{k}:\n{v}" for k, v in problems.items())


def test_it_would_have_said_so(issued, tmp_path):
    """The linter does find something in a certificate that breaks RFC 5280."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n")])
    now = datetime.datetime.utcnow()
    bad = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
           .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
           .add_extension(x509.KeyUsage(False, False, False, False, False, True, False, False, False), True)
           .sign(key, hashes.SHA256()))  # keyCertSign without being a CA
    (tmp_path / "bad.pem").write_bytes(bad.public_bytes(serialization.Encoding.PEM))
    assert lint("lint_pkix_cert", tmp_path / "bad.pem")[0] != 0
