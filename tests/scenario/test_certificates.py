# SPDX-License-Identifier: Apache-2.0
"""Certificates of our DER writer, read by OpenSSL, python3-cryptography and asn1crypto."""
import datetime
import ipaddress
import subprocess

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.helpers.paths import program

ALGORITHMS = ["NIST_P256", "NIST_P384", "ECC_ED_25519", "RSA_2048", "RSA_3072", "RSA_4096"]


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """A folder with a CA and a leaf of every algorithm."""
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([program("cert_samples"), folder], check=True, timeout=120)
    return folder


def pem_of(der_path):
    """The same certificate as a PEM file beside it."""
    pem = der_path.with_suffix(".pem")
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", der_path, "-out", pem], check=True)
    return pem


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_verifies_strictly(samples, algorithm):
    ca, leaf = (pem_of(samples / f"{algorithm}-{what}.der") for what in ("ca", "leaf"))
    command = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", ca]
    for purpose in ("sslclient", "sslserver"):
        subprocess.run([*command, "-purpose", purpose, leaf], check=True)
    refused = subprocess.run([*command, "-purpose", "smimesign", leaf], capture_output=True,
                             check=False)
    assert refused.returncode != 0


@pytest.mark.parametrize("what", ["ca", "leaf"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_asn1crypto_writes_the_same_der(samples, algorithm, what):
    der = (samples / f"{algorithm}-{what}.der").read_bytes()
    parsed = asn1_x509.Certificate.load(der, strict=True)
    parsed.native  # noqa: B018  (decodes every field, so that dump() has to encode each)
    assert parsed.dump(force=True) == der


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cryptography_reads_every_field(samples, algorithm):
    ca = x509.load_der_x509_certificate((samples / f"{algorithm}-ca.der").read_bytes())
    leaf = x509.load_der_x509_certificate((samples / f"{algorithm}-leaf.der").read_bytes())
    assert leaf.version == x509.Version.v3
    assert leaf.serial_number.to_bytes(20, "big")[:6] == bytes.fromhex("418bcfe56800")
    assert leaf.issuer == ca.subject
    assert leaf.not_valid_before == datetime.datetime(2023, 11, 14, 22, 13, 20)
    assert leaf.not_valid_after == datetime.datetime(9999, 12, 31, 23, 59, 59)
    assert ca.not_valid_after == datetime.datetime(2052, 5, 22, 14, 13, 20)

    def attribute(oid):
        (found,) = leaf.subject.get_attributes_for_oid(oid)
        return found.value

    assert attribute(NameOID.COUNTRY_NAME) == "AT"
    assert attribute(NameOID.ORGANIZATION_NAME) == "Müller & Co"
    assert attribute(NameOID.COMMON_NAME) == "device"
    assert attribute(NameOID.SERIAL_NUMBER) == "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cryptography_reads_every_extension(samples, algorithm):
    ca = x509.load_der_x509_certificate((samples / f"{algorithm}-ca.der").read_bytes())
    leaf = x509.load_der_x509_certificate((samples / f"{algorithm}-leaf.der").read_bytes())

    def extension(certificate, kind):
        found = certificate.extensions.get_extension_for_class(kind)
        return found.value, found.critical

    assert extension(ca, x509.BasicConstraints) == (x509.BasicConstraints(True, 0), True)
    usage, critical = extension(ca, x509.KeyUsage)
    assert critical and usage.key_cert_sign and usage.crl_sign and not usage.digital_signature
    usage, critical = extension(leaf, x509.KeyUsage)
    assert critical and usage.digital_signature and not usage.key_cert_sign
    purposes, critical = extension(leaf, x509.ExtendedKeyUsage)
    assert not critical
    assert set(purposes) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
    ski, critical = extension(leaf, x509.SubjectKeyIdentifier)
    assert not critical and ski == x509.SubjectKeyIdentifier.from_public_key(leaf.public_key())
    aki, critical = extension(leaf, x509.AuthorityKeyIdentifier)
    assert not critical
    assert aki.key_identifier == extension(ca, x509.SubjectKeyIdentifier)[0].digest
    names, critical = extension(leaf, x509.SubjectAlternativeName)
    assert not critical and names.get_values_for_type(x509.DNSName) == ["device.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1"),
                                                        ipaddress.ip_address("::1")]
    points, critical = extension(leaf, x509.CRLDistributionPoints)
    assert not critical and points[0].full_name[0].value == "http://127.0.0.1/1.crl"
    assert len(leaf.extensions) == 6
