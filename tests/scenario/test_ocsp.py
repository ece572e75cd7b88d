# SPDX-License-Identifier: Apache-2.0
"""The OCSP responder as `openssl ocsp`, cryptography and plain HTTP see it."""
import base64
import subprocess
import time
from urllib.parse import quote

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from tests.helpers.factory import Factory, uuid_dec

CA = "/api/v1/rtp/certificate-authorities"
PUBLIC_URL = "http://pki.example"
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


@pytest.fixture(scope="module", name="factory")
def fixture_factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("ocsp"), extra=["--public-url", PUBLIC_URL]) as f:
        f.line = f.add_line("mcxn947", nc12=935000000778, count=3)
        s = f.service
        s.post(f.line.path("/devices"), {"deviceIds": [uuid_dec(u) for u in f.line.uuids]})
        f.leaves = []
        for uuid in f.line.uuids:
            path = f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings"
            made = s.get(path, wait=30)["content"]
            f.leaves += [x509.load_pem_x509_certificate(p["certificate"].encode())
                         for p in made if p.get("certificate")]
        end = "-----END CERTIFICATE-----"
        chain = s.get(f"{CA}/{f.line.ca}/chain").split(end)[:-1]
        f.chain = [x509.load_pem_x509_certificate((c + end).encode()) for c in chain]
        f.issuer = f.chain[0]
        (f.folder / "issuer.pem").write_bytes(f.issuer.public_bytes(PEM))
        (f.folder / "root.pem").write_bytes(f.chain[-1].public_bytes(PEM))
        f.url = f"{s.public_url}/ocsp/{f.line.ca}"
        yield f


def openssl_ocsp(factory, *args):
    """Exit code and all words of `openssl ocsp` against the public listener."""
    folder = factory.folder
    done = subprocess.run(["openssl", "ocsp", "-issuer", folder / "issuer.pem", "-CAfile", folder / "root.pem",
                           "-url", factory.url, *[str(a) for a in args]], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def request(issuer, leaf, nonce=None, algorithm=None):
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, algorithm or hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(DER)


def post(factory, body, ca=None):
    answer = requests.post(f"{factory.service.public_url}/ocsp/{ca or factory.line.ca}", data=body, timeout=30,
                           headers={"Content-Type": "application/ocsp-request"})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(answer.content), answer


def revoke(factory, index, reason):
    device = uuid_dec(factory.line.uuids[index])
    return factory.service.post(f"/api/v1/devices/{device}/revoke-certificates", {"reason": reason})


def test_openssl_accepts_good_revoked_and_unknown(factory):
    leaf = factory.folder / "leaf.pem"
    leaf.write_bytes(factory.leaves[0].public_bytes(PEM))
    access = factory.leaves[0].extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    assert not access.critical
    assert [(d.access_method, d.access_location.value) for d in access.value] == \
        [(AuthorityInformationAccessOID.OCSP, f"{PUBLIC_URL}/ocsp/{factory.line.ca}")]

    code, words = openssl_ocsp(factory, "-cert", leaf)
    assert code == 0 and "Response verify OK" in words and f"{leaf}: good" in words, words
    assert "WARNING" not in words  # the nonce came back
    code, words = openssl_ocsp(factory, "-sha256", "-no_nonce", "-cert", leaf)
    assert code == 0 and f"{leaf}: good" in words, words

    asked = time.time()
    assert revoke(factory, 0, "keyCompromise") == {"revoked": 1}
    code, words = openssl_ocsp(factory, "-cert", leaf)
    assert f"{leaf}: revoked" in words and "Reason: keyCompromise" in words and "Revocation Time:" in words
    assert "Response verify OK" in words and time.time() - asked < 60

    code, words = openssl_ocsp(factory, "-serial", "0x1234")
    assert "0x1234: unknown" in words and "Response verify OK" in words
    near = factory.leaves[1].serial_number ^ 1  # of the right form, but never drawn
    code, words = openssl_ocsp(factory, "-serial", hex(near), "-serial", hex(factory.leaves[1].serial_number))
    assert f"{hex(near)}: unknown" in words and f"{hex(factory.leaves[1].serial_number)}: good" in words


def test_a_serial_may_be_revoked_that_was_never_drawn(factory):
    factory.service.post(f"{CA}/{factory.line.ca}/revocations", {"serialNumber": "4712", "reason": "superseded"})
    _, words = openssl_ocsp(factory, "-serial", "0x4712")
    assert "0x4712: revoked" in words and "Reason: superseded" in words


def test_the_responder_is_delegated_by_the_ca(factory):
    answer, _ = post(factory, request(factory.issuer, factory.leaves[1], nonce=b"n" * 32))
    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
    assert answer.extensions.get_extension_for_oid(x509.OCSPNonce.oid).value.nonce == b"n" * 32
    signer = answer.certificates[0]
    factory.issuer.public_key().verify(signer.signature, signer.tbs_certificate_bytes,
                                       ec.ECDSA(signer.signature_hash_algorithm))
    usage = signer.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    signer.extensions.get_extension_for_oid(ExtensionOID.OCSP_NO_CHECK)
    again, _ = post(factory, request(factory.issuer, factory.leaves[1]))
    assert again.certificates[0] == signer  # kept, not made for each answer
    factory.service.restart()
    again, _ = post(factory, request(factory.issuer, factory.leaves[1]))
    assert again.certificates[0] == signer


def test_get_carries_the_headers_that_caches_need(factory):
    for leaf in factory.leaves:  # their base64 has every sign of the alphabet sooner or later
        for algorithm in (hashes.SHA1(), hashes.SHA256(), hashes.SHA384()):
            body = request(factory.issuer, leaf, algorithm=algorithm)
            text = base64.b64encode(body).decode()
            for path in (text, quote(text, safe="")):
                answer = requests.get(f"{factory.url}/{path}", timeout=30)
                assert answer.status_code == 200, (path, answer.text)
                assert ocsp.load_der_ocsp_response(answer.content).serial_number == leaf.serial_number
    control = answer.headers["Cache-Control"]
    age = int(control.split("max-age=")[1].split(",")[0])
    assert 0 < age < 60 and "public" in control
    for name in ("ETag", "Last-Modified", "Expires"):
        assert answer.headers[name]
    nonce = base64.b64encode(request(factory.issuer, factory.leaves[1], nonce=b"12345678")).decode()
    answer = requests.get(f"{factory.url}/{quote(nonce, safe='')}", timeout=30)
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_cannot_be_answered(factory):
    for body in (b"", b"x", b"\x30\x00", request(factory.issuer, factory.leaves[0])[:-1],
                 request(factory.issuer, factory.leaves[0]) + b"\x00"):
        assert post(factory, body)[0].response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    other = request(factory.chain[-1], factory.leaves[0])  # another issuer than the path says
    assert post(factory, other)[0].response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert post(factory, other, ca=999999)[0].response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert requests.get(f"{factory.url}/%20", timeout=30).content == b"\x30\x03\x0a\x01\x01"
    assert requests.post(f"{factory.service.public_url}/ocsp/x", timeout=30).status_code == 404
    too_long = requests.post(factory.url, data=b"\x30" * 100000, timeout=30)
    assert too_long.status_code == 413


def test_an_intermediate_is_asked_about_at_its_root(factory):
    intermediate = factory.chain[0]
    access = intermediate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    root = int(access[0].access_location.value.rsplit("/", 1)[1])
    answer, _ = post(factory, request(factory.chain[1], intermediate), ca=root)
    assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
