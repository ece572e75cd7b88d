# SPDX-License-Identifier: Apache-2.0
"""What is put on a chip, or taken from it, before it ships: claim codes, and its root of trust for NXP's agent."""
import json
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import claim_blob
from tests.helpers.factory import Factory
from tests.helpers.simulated_psa import ALREADY_EXISTS, SUCCESS, SimulatedPsa

FAMILIES = [("mcxn947", 999340000274), ("rw612", 999340000612)]
CLAIM_OBJECT = 0xF00000E0
CODE = "MTIzNDU2Nzg5MGFiY2RlZg=="


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("ship")) as f:
        for family, nc12 in FAMILIES:
            f.add_line(family, nc12, count=3)
        f.power_on()
        yield f


@pytest.fixture(params=[family for family, _ in FAMILIES])
def line(factory, request):
    return next(x for x in factory.lines if x.family == request.param)


@pytest.fixture(scope="module")
def claim_key(tmp_path_factory):
    """A service's claim key and the file with its public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962,
                                          serialization.PublicFormat.UncompressedPoint)
    path = tmp_path_factory.mktemp("claim") / "claim-key.hex"
    path.write_text(point[1:].hex() + "\n", encoding="ascii")
    return key, path


def inject(factory, line, key_file, *targets, code=CODE, check=True):
    return factory.engrave("host", "claim", "inject", "-c", line.config, "--code-file", "-", "--claim-key-file",
                           key_file, "--json", *targets, stdin=code + "\n", check=check)


def read_its(factory, uuid):
    return factory.ask(uuid, {"op": "its_read", "id": CLAIM_OBJECT, "offset": 0, "length": 4096})


def test_claim_codes_reach_the_trusted_storage(factory, line, claim_key):
    key, key_file = claim_key
    uuids = line.uuids[:2]
    done = inject(factory, line, key_file, *[factory.target(u) for u in uuids])
    said = [json.loads(x) for x in done.stdout.splitlines()]
    assert sorted(x["uuid"] for x in said) == sorted(uuids) and all(x["result"] == "injected" for x in said)
    blobs = []
    for uuid in uuids:
        blob = bytes.fromhex(read_its(factory, uuid)["data"])
        assert claim_blob.open_blob(key, blob) == (bytes.fromhex(uuid), CODE.encode())
        blobs.append(blob)
    assert blobs[0][18:85] != blobs[1][18:85]  # a fresh key pair each time
    # removed by the service: it does not come back, also not after power was off
    assert factory.ask(uuids[0], {"op": "its_remove", "id": CLAIM_OBJECT})["status"] == 0
    for on in (False, True):
        assert factory.ask(uuids[0], {"op": "power", "on": on}, "ctl")["status"] == 0
    assert read_its(factory, uuids[0])["status"] == -140
    assert read_its(factory, uuids[1])["data"] == blobs[1].hex()


def test_another_claim_code_replaces_the_first(factory, line, claim_key):
    key, key_file = claim_key
    uuid, longest = line.uuids[1], "A" * 255
    inject(factory, line, key_file, factory.target(uuid), code=longest)
    assert claim_blob.open_blob(key, bytes.fromhex(read_its(factory, uuid)["data"]))[1] == longest.encode()


@pytest.mark.parametrize("code", ["short", "A" * 256, "spaces in between it", "", "umläute-sind-keine!"])
def test_what_is_no_claim_code_is_refused(factory, claim_key, code):
    line = factory.lines[0]
    done = inject(factory, line, claim_key[1], factory.target(line.uuids[0]), code=code, check=False)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 3 and error["code"] == "ERR_CLAIM_CODE_TEXT"
    assert "255 characters" in error["next"]
    assert read_its(factory, line.uuids[2])["status"] == -140


def test_a_bad_claim_key_is_refused(factory, tmp_path):
    line = factory.lines[0]
    for text in ["00" * 64, "ff" * 63, "nonsense"]:
        (tmp_path / "key").write_text(text, encoding="ascii")
        done = inject(factory, line, tmp_path / "key", factory.target(line.uuids[2]), check=False)
        assert done.returncode not in (0, 1, 2) and json.loads(done.stdout)["error"]["code"]
    assert read_its(factory, line.uuids[2])["status"] == -140


# ---- export for NXP's agent ----------------------------------------------------------------------


def export(factory, chip, out, *more, check=True):
    done = factory.engrave("fab", "export", "--psa-simul", chip, "--out", out, "--json", *more, check=check)
    return done.returncode, json.loads(done.stdout)


def split_objects(data):
    """The objects of a file, back to back."""
    parts = data.split(b"\x40\x0bedgelock2go")
    assert parts[0] == b""
    return [b"\x40\x0bedgelock2go" + p for p in parts[1:]]


def object_id(blob):
    return int.from_bytes(blob[15:19], "big")


def check_container(path, root_der, host, port, public_key):
    data = path.read_bytes()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data[32:])
    assert digest.finalize() == data[:32]
    assert struct.unpack("<III", data[32:44]) == (len(data), 0, 1)
    assert root_der in data and host.encode() in data
    at = data.index(b"\x30\x82", 44)
    certificate = x509.load_der_x509_certificate(data[at:at + 4 + int.from_bytes(data[at + 2:at + 4], "big")])
    assert certificate.serial_number == 1 and certificate.issuer == certificate.subject
    assert certificate.subject.rfc4514_string().startswith("2.5.4.5=")
    assert certificate.public_key().public_numbers() == public_key.public_numbers()
    public_key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and len(list(certificate.extensions)) == 1


def test_the_exported_root_opens_what_the_service_makes(factory, line, tmp_path):
    uuid = line.uuids[2]
    factory.engrave("host", "provision", "-c", line.config, factory.target(uuid))
    objects = tmp_path / "objects.bin"
    factory.engrave("host", "fetch", "-c", line.config, "-o", objects, factory.target(uuid))
    spki = factory.ask(uuid, {"op": "public", "key": 0x7FFF816C})["spki"]
    index = factory.lines.index(line)
    factory.vchips[index].stop()
    try:
        chip = line.chips / f"{uuid}.chip"
        _, said = export(factory, chip, tmp_path / "agent", "--host", "devices.example", "--port", "8444", "--roots",
                         factory.service.ca_file)
    finally:
        factory.vchips.pop(index)
        factory.power_on([line])
        factory.vchips.insert(index, factory.vchips.pop())
    keys = tmp_path / "agent" / "keys.txt"
    assert said["uuid"] == uuid and said["keys"] == str(keys) and keys.stat().st_mode & 0o777 == 0o600
    platform = SimulatedPsa(keys.read_text(encoding="ascii"))
    assert platform.uuid.hex() == uuid
    public = platform.connection_key().public_key()
    assert public.public_bytes(serialization.Encoding.DER,
                               serialization.PublicFormat.SubjectPublicKeyInfo).hex() == spki
    opened = [b for b in split_objects(objects.read_bytes()) if object_id(b) < 0x7FFF0000]
    assert len(opened) == 3
    for blob in opened:
        assert platform.import_key(blob) == SUCCESS
        assert platform.import_key(blob) == ALREADY_EXISTS
    certificate = x509.load_der_x509_certificate(first_der(platform.objects[0x1002]))
    scalar = ec.derive_private_key(int.from_bytes(platform.objects[0x1001], "big"), ec.SECP256R1())
    assert certificate.public_key().public_numbers() == scalar.public_key().public_numbers()
    root = x509.load_pem_x509_certificate(factory.service.ca_file.read_bytes())
    check_container(tmp_path / "agent" / "edgelock2go_datastore.bin.0",
                    root.public_bytes(serialization.Encoding.DER), "devices.example", 8444, public)


def first_der(data):
    return data[:4 + int.from_bytes(data[2:4], "big")]


def test_a_running_chip_and_a_foreign_file_are_refused(factory, tmp_path):
    line = factory.lines[0]
    target = ["--host", "h", "--port", "1", "--roots", factory.service.ca_file]
    code, said = export(factory, line.chips / f"{line.uuids[0]}.chip", tmp_path / "a", *target, check=False)
    assert code != 0 and said["error"]["code"] == "ERR_CHIP_IN_USE"
    code, said = export(factory, factory.service.ca_file, tmp_path / "a", *target, check=False)
    assert code != 0 and said["error"]["code"] == "ERR_CHIP_FILE"
    assert not (tmp_path / "a" / "keys.txt").exists()
