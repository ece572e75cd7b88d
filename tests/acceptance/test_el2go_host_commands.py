# SPDX-License-Identifier: Apache-2.0
"""el2go-host, unmodified: the commands beside `dev provision-device`, one by one, against our service."""
import base64
import json
import re
import sqlite3

import pytest

from tests.helpers.chip_maker import ChipMaker
from tests.helpers.el2go import El2goHost, output, sign_and_verify
from tests.helpers.factory import ID_FUSES, Factory, uuid_dec

FAMILY, NC12 = "mcxn947", 999340000274
KNOWN, UNKNOWN = 38, 2
MAGIC = bytes.fromhex("400b") + b"edgelock2go"


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("factory")) as f:
        f.add_line(FAMILY, NC12, count=4)
        f.power_on()
        yield f


@pytest.fixture(scope="module")
def host(factory):
    return El2goHost(factory)


@pytest.fixture(scope="module")
def line(factory):
    return factory.lines[0]


def good(done):
    assert done.returncode == 0, output(done)
    return output(done)


def objects_in(path):
    with sqlite3.connect(path) as db:
        return dict(db.execute("select uuid, so from objects"))


def state(factory, uuid):
    return factory.ask(uuid, {"op": "dump"}, "ctl")


def test_objects_as_binary_and_json_are_the_same(factory, host, line, tmp_path):
    """get-secure-objects -e bin and json; then prepare-device, dry run, real run from the file."""
    uuid = line.uuids[0]
    port = ("-p", factory.tty(uuid))
    blob, rtp = tmp_path / "so.bin", tmp_path / "so.json"
    good(host("dev", "get-secure-objects", *port, "-c", line.config, "-e", "bin", "-o", blob))
    good(host("dev", "get-secure-objects", *port, "-c", line.config, "-e", "json", "-o", rtp))
    (device,) = json.loads(rtp.read_text(encoding="utf-8"))
    assert device["deviceId"] == uuid_dec(uuid)
    parts = [base64.b64decode(p["apdus"]["createApdu"]["apdu"]) for p in device["rtpProvisionings"]]
    assert blob.read_bytes() == b"".join(parts) and all(p.startswith(MAGIC) for p in parts)

    before = state(factory, uuid)
    good(host("dev", "prepare-device", *port, "-c", line.config, "-sf", blob))
    assert "v1.00.00" in good(host("utils", "get-fw-version", *port))
    good(host("dev", "run-provisioning", *port, "-c", line.config, "--dry-run"))
    assert state(factory, uuid)["fuses"] == before["fuses"]
    good(host("dev", "run-provisioning", *port, "-c", line.config))
    assert state(factory, uuid)["life_cycle"] == "CLOSED"
    sign_and_verify(factory, line, uuid)


def test_objects_from_a_database(factory, host, line, tmp_path):
    """get-uuid -db, get-secure-objects -db, provision-objects -db --clean."""
    uuid = line.uuids[1]
    db = tmp_path / "line.db"
    good(host("dev", "get-uuid", "-p", factory.tty(uuid), "-db", db))
    good(host("dev", "get-secure-objects", "-c", line.config, "-db", db))
    assert objects_in(db)[uuid_dec(uuid)].startswith(MAGIC)
    wear = state(factory, uuid)["ifr_wear"]
    good(host("dev", "provision-objects", "-p", factory.tty(uuid), "-c", line.config, "-db", db, "--clean"))
    assert state(factory, uuid)["ifr_wear"] > wear  # the page was cleaned first
    sign_and_verify(factory, line, uuid)


def test_a_device_of_another_group_is_taken_over_only_when_asked(factory, host, line):
    uuid = line.uuids[2]
    other = factory.service.post(f"/api/v1/products/{NC12}/device-groups", {"deviceGroupName": "other"})["id"]
    place = f"/api/v1/products/{NC12}/device-groups/{other}/devices"
    factory.service.post(place, {"deviceIds": [uuid_dec(uuid)]})
    args = ("dev", "provision-device", "-p", factory.tty(uuid), "-f", FAMILY, "-c", line.config)
    refused = host(*args)
    assert refused.returncode == 2, output(refused)
    assert str(other) in output(refused), output(refused)  # it names the group that has the device
    assert state(factory, uuid)["life_cycle"] == "OPEN"
    good(host(*args, "--re-assign"))
    assert factory.service.get(place)["content"] == []
    sign_and_verify(factory, line, uuid)


def test_bulk_download_of_forty_with_two_unknown(factory, host, line, tmp_path):
    """Two of the 40 UUIDs are unknown to the service: 38 come, the command says so with code 1."""
    maker = ChipMaker(factory.service, tmp_path, "second maker")
    maker.register()
    roots = maker.roots(KNOWN)
    maker.upload(roots, FAMILY)
    known = {uuid_dec(u) for u in roots}
    unknown = {uuid_dec(u) for u in maker.roots(UNKNOWN)}
    text, db = tmp_path / "uuids.txt", tmp_path / "bulk.db"
    text.write_text("# one a line\n" + "\n".join(sorted(known | unknown)) + "\n", encoding="ascii")
    good(host("dev", "combine-uuid-db", "-i", text, "-o", db))
    assert set(objects_in(db)) == known | unknown

    done = host("dev", "bulk-so-download", "-c", line.config, "-db", db, "-t", "0.05", "-s", "20")
    assert done.returncode == 1, output(done)
    held = {u for u, so in objects_in(db).items() if so}
    assert held == known

    folder = tmp_path / "extracted"
    good(host("dev", "parse-uuid-db", "-i", db, "-o", folder))
    files = list(folder.glob("*.bin"))
    assert len(files) == KNOWN and all(f.read_bytes().startswith(MAGIC) for f in files)

    good(host("dev", "unclaim", "-c", line.config, "-db", db, "-y"))
    left = {d["device"]["id"] for d in factory.service.get(line.path("/devices"))["content"]}
    assert not left & known
    assert not any(objects_in(db).values())


def test_a_bad_key_is_said_in_words(host, line, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(re.sub("(?m)^api_key: .*$", "api_key: wrong", line.config.read_text(encoding="ascii")),
                   encoding="ascii")
    done = host("dev", "unclaim", "-c", bad, "-y")
    assert done.returncode == 2
    assert "status code 401" in output(done) and "Correlation id" in output(done)


def test_fuse_configuration_of_get_otp_binary_is_accepted(factory, host, tmp_path):
    config, binary = tmp_path / "fuses.yaml", tmp_path / "otp.bin"
    config.write_text("family: rw612\nregisters:\n  BOOT_CFG0: 0x09D11411\n", encoding="ascii")
    good(host("utils", "get-otp-binary", "-c", config, "-o", binary))
    assert binary.read_bytes() == bytes.fromhex("4002000f410409d11411")
    s = factory.service
    s.post("/api/v1/products", {"nc12": 999340000612, "name": "rw", "family": "rw612"})
    group = s.post("/api/v1/products/999340000612/device-groups", {"deviceGroupName": "rw"})["id"]
    made = s.post("/api/v1/rtp/secure-objects",
                  {"name": "rw fuses", "secureObjectType": "BINARY_FILE", "objectId": str(ID_FUSES),
                   "payload": {"binaryFileType": "NON_CONFIDENTIAL",
                               "binaryFile": base64.b64encode(binary.read_bytes()).decode()}})["id"]
    s.post(f"/api/v1/rtp/secure-objects/{made}/assign-device-group", {"deviceGroupId": group})
