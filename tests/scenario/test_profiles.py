# SPDX-License-Identifier: Apache-2.0
"""Certificate profiles are files: adding one is adding a file, and a bad one refuses the start."""
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.helpers.factory import Factory, uuid_dec
from tests.helpers.paths import SOURCE, program
from tests.helpers.service import ApiError

NC12 = 999340000274
CHANGES = {"aws-iot.ini": {"name = aws-iot": "name = meter", "title = AWS IoT Core client": "title = Smart meter",
                           "common_name_max = 64": "common_name_max = 36", "serial_number = no": "serial_number = yes",
                           "extended = clientAuth": "extended = clientAuth codeSigning",
                           "extended_allowed = clientAuth serverAuth": "extended_allowed = clientAuth codeSigning",
                           "issuer_profile =": "issuer_profile = meter-ca"},
           "matter-paa.ini": {"name = matter-paa": "name = meter-ca", "level = root": "level = intermediate",
                              "title = Matter Product Attestation Authority": "title = CA of smart meters",
                              "matter = vendor_optional": "matter = none", "path_length = 1": "path_length = 0"}}


def write(folder, source, name, more=None):
    text = (SOURCE / "profiles" / source).read_text(encoding="ascii")
    for what, by in {**CHANGES[source], **(more or {})}.items():
        assert what in text, what
        text = text.replace(what, by, 1)
    (folder / name).write_text(text, encoding="ascii")


@pytest.fixture(scope="module")
def profiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "profiles"
    shutil.copytree(SOURCE / "profiles", folder)
    write(folder, "aws-iot.ini", "meter.ini")
    write(folder, "matter-paa.ini", "meter-ca.ini")
    return folder


@pytest.fixture(scope="module")
def factory(tmp_path_factory, profiles):
    with Factory(tmp_path_factory.mktemp("profiles"), extra=["--profiles", profiles]) as made:
        made.line = made.add_line("mcxn947", NC12, count=1)
        yield made


def refused(code, call, *args, **kw):
    with pytest.raises(ApiError) as e:
        call(*args, **kw)
    assert e.value.code == code, e.value
    return str(e.value)


def test_a_file_is_a_profile(factory):
    service, line = factory.service, factory.line
    listed = {p["name"]: p for p in service.get("/api/v1/rtp/certificate-profiles")["content"]}
    assert len(listed) == 8
    assert listed["meter"] == {"name": "meter", "title": "Smart meter", "level": "DEVICE", "issuerProfile": "meter-ca",
                               "algorithms": ["NIST_P256", "NIST_P384", "RSA_2048", "RSA_3072", "RSA_4096"]}
    assert listed["meter-ca"]["level"] == "INTERMEDIATE" and listed["meter-ca"]["issuerProfile"] is None
    root = service.post("/api/v1/rtp/root-cas", {"name": "meters", "validityYears": 0})
    ca = service.post("/api/v1/rtp/intermediate-cas", {"name": "meters below", "issuerCaId": root["id"], "profile": "meter-ca"})
    other = service.post("/api/v1/rtp/intermediate-cas", {"name": "others", "validityYears": 0, "issuerCaId": root["id"]})
    assert ca["validTo"] is None
    members = {"keyPairId": line.objects["mcxn947 key"], "profile": "meter", "includeChain": False}

    def create(name, object_id, **more):
        factory.create(line, name, "CERTIFICATE", object_id, **{**members, "intermediateCaId": ca["id"], **more})

    assert "meter-ca" in refused("ERR_PROFILE", create, "a", 0x1701, intermediateCaId=other["id"])
    assert "4 characters" in refused("ERR_PROFILE", create, "b", 0x1702, commonNamePrefix="meter")
    refused("ERR_PROFILE", create, "c", 0x1703, extendedKeyUsage=["serverAuth"])
    refused("ERR_FIELD", create, "d", 0x1704, profile="meters")
    create("meter certificate", 0x1705, commonNamePrefix="met-")
    uuid = line.uuids[0]
    service.post(line.path("/devices"), {"deviceIds": [uuid_dec(uuid)]})
    made = service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings", wait=30)["content"]
    (text,) = (m["certificate"] for m in made if m["secureObjectName"] == "meter certificate")
    cert = x509.load_pem_x509_certificate(text.encode())
    assert cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == f"met-{uuid}"
    assert cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == uuid
    eku = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(eku) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.CODE_SIGNING}


@pytest.mark.parametrize("more, says", [
    ({"level = device": "level = chip"}, ":6: value not allowed: [profile] level"),
    ({"[usages]": "[usages]\nshape = round"}, ":22: unknown key: [usages] shape"),
    ({"matter = none\n": ""}, ": missing key: [subject] matter"),
    ({"issuer_profile = meter-ca": "issuer_profile = aws-iot"}, ": no profile of a CA is called: [profile] issuer_profile"),
    ({"extended_needed = clientAuth": "extended_needed = serverAuth"}, ": extended and extended_needed must be in extended_allowed"),
])
def test_a_bad_file_refuses_the_start(tmp_path, profiles, more, says):
    folder = tmp_path / "profiles"
    shutil.copytree(profiles, folder)
    write(folder, "aws-iot.ini", "meter.ini", more)
    for check in (["--check-config"], []):
        done = subprocess.run([program("engraved"), "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--profiles", folder,
                               *check], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode != 0
        assert f"{folder}/meter.ini{says}" in done.stderr and "ERR_PROFILE_FILE" in done.stderr
    assert not (tmp_path / "data" / "engrave.db").exists()


def test_a_folder_without_profiles_refuses_the_start(tmp_path):
    done = subprocess.run([program("engraved"), "--data", tmp_path / "data", "--profiles", tmp_path, "--check-config"],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0 and "ERR_PROFILES_MISSING" in done.stderr
