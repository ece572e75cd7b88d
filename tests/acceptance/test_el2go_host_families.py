# SPDX-License-Identifier: Apache-2.0
"""
el2go-host, unmodified, and `engrave host` on the two families that tell nothing about how a run ended:
KW (objects split, firmware that starts at once) and i.MX 93 (a file written at the U-Boot console).
What they left is proven by using it.
"""
import json
import shutil
import sqlite3

import pytest

from tests.helpers.el2go import El2goHost, output, sign_and_verify
from tests.helpers.factory import ID_CERT, Factory, uuid_dec
from tests.helpers.service import ApiError

FAMILIES = {"kw45b41z8": 935000000045, "mimx9352": 935454724557}


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("factory")) as f:
        for family, nc12 in FAMILIES.items():
            f.add_line(family, nc12, count=3)
        f.power_on()
        yield f


@pytest.fixture(scope="module")
def host(factory):
    return El2goHost(factory)


def line_of(factory, family):
    return next(line for line in factory.lines if line.family == family)


def port(factory, uuid, family):
    """Interface options of el2go-host."""
    if family == "mimx9352":
        return ("-d", "uboot_serial", "-p", f"{factory.tty(uuid)},115200")
    return ("-p", factory.tty(uuid))


def provision(factory, host, uuid, family, config=None):
    line = line_of(factory, family)
    return host("dev", "provision-device", *port(factory, uuid, family), "-f", family, "-c", config or line.config)


def check_chip(factory, line, uuid):
    dump = factory.ask(uuid, {"op": "dump"}, "ctl")
    assert dump["last_result"] == "0x5A5A5A5A"
    assert dump["life_cycle"] == "CLOSED"
    assert factory.ask(uuid, {"op": "info"})["last_result"] == "0x5A5A5A5A"
    sign_and_verify(factory, line, uuid)


@pytest.mark.parametrize("family", FAMILIES)
def test_el2go_host_provisions(factory, host, family):
    line = line_of(factory, family)
    uuid = line.uuids[0]
    done = provision(factory, host, uuid, family)
    assert done.returncode == 0, output(done)
    check_chip(factory, line, uuid)
    before = factory.ask(uuid, {"op": "read", "key": ID_CERT})["data"]
    if family == "mimx9352":
        factory.ask(uuid, {"op": "reset"}, "ctl")  # back from Linux to the console
    used = factory.service.get(line.path())["quotaUsed"]
    assert provision(factory, host, uuid, family).returncode == 0
    assert factory.ask(uuid, {"op": "read", "key": ID_CERT})["data"] == before
    assert factory.service.get(line.path())["quotaUsed"] == used


@pytest.mark.parametrize("family", FAMILIES)
def test_engrave_host_provisions_and_says_what_it_cannot_know(factory, family):
    line = line_of(factory, family)
    uuid = line.uuids[1]
    done = factory.engrave("host", "provision", "-c", line.config, factory.target(uuid))
    assert "the part reports nothing; verified through its application" in done.stdout
    check_chip(factory, line, uuid)
    states = factory.service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")
    assert {row["provisioningState"] for row in states["content"]} == {"PROVISIONING_COMPLETED"}


@pytest.mark.parametrize("family", FAMILIES)
def test_without_an_application_nothing_is_claimed(factory, family):
    """Over a bare serial line nobody can know how the run ended: it is said, and not reported."""
    line = line_of(factory, family)
    uuid = line.uuids[2]
    done = factory.engrave("host", "provision", "--json", "-c", line.config, f"serial:{factory.tty(uuid)}")
    answer = json.loads(done.stdout)
    assert answer["ok"] and not answer["verified"] and not answer["resultTold"]
    states = factory.service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")
    assert {row["provisioningState"] for row in states["content"]} == {"GENERATION_COMPLETED"}
    check_chip(factory, line, uuid)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_dry_run_is_refused_before_anything_is_sent(factory, family):
    line = line_of(factory, family)
    done = factory.engrave("host", "provision", "--dry-run", "-c", line.config, factory.target(line.uuids[2]),
                           check=False)
    assert done.returncode != 0 and "ERR_NO_DRY_RUN" in done.stdout


def test_the_uuid_is_read_at_the_console_of_a_part_whose_family_is_named(factory, host):
    line = line_of(factory, "mimx9352")
    uuid = line.uuids[2]
    target = factory.target(uuid)
    assert factory.ask(uuid, {"op": "reset"}, "ctl")["status"] == 0  # Linux may run
    for way in (["-f", "mimx9352"], ["-c", line.config]):
        done = factory.engrave("host", "get-uuid", "--json", *way, target)
        assert json.loads(done.stdout)["uuid"] == uuid
    db = factory.folder / "uuids.db"
    said = host("dev", "get-uuid", *port(factory, uuid, "mimx9352"), "-f", "mimx9352", "-db", db)
    assert said.returncode == 0, output(said)
    with sqlite3.connect(db) as uuids:
        assert uuids.execute("select uuid from objects").fetchall() == [(uuid_dec(uuid),)]

    done = factory.engrave("host", "get-uuid", "--json", target, check=False)
    answer = json.loads(done.stdout)["error"]
    assert done.returncode == 15 and answer["code"] == "ERR_NO_DEVICE" and "-f" in answer["next"], answer
    both = factory.engrave("host", "get-uuid", "-f", "mimx9352", "-c", line.config, target, check=False)
    assert both.returncode == 2 and "not both" in both.stderr

    factory.engrave("host", "fetch", "-c", line.config, target, "-o", factory.folder / "objects.bin")
    members = [d["device"]["id"] for d in factory.service.get(line.path("/devices"))["content"]]
    assert uuid_dec(uuid) in members
    factory.engrave("host", "unclaim", "-c", line.config, target)
    members = [d["device"]["id"] for d in factory.service.get(line.path("/devices"))["content"]]
    assert uuid_dec(uuid) not in members


def test_a_failed_run_is_found_by_verifying(factory):
    """The KW part says nothing when its firmware refuses; its application does."""
    line = line_of(factory, "kw45b41z8")
    factory.make_chips(line, 1, name="second.cms")
    shutil.copy(line.config, line.config.with_suffix(".bak"))
    uuid = next(u for u in line.uuids if not factory.tty(u).exists())
    only = factory.folder / "kw-late"
    only.mkdir()
    (line.chips / f"{uuid}.chip").rename(only / f"{uuid}.chip")
    line.chips = only
    factory.power_on([line])
    assert factory.ask(uuid, {"op": "result", "word": "0xA500D002"}, "ctl")["status"] == 0
    done = factory.engrave("host", "provision", "-c", line.config, factory.target(uuid), check=False)
    assert done.returncode != 0, done.stdout
    assert factory.ask(uuid, {"op": "dump"}, "ctl")["last_result"] == "0xA500D002"
    states = factory.service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")
    assert "PROVISIONING_FAILED" in {row["provisioningState"] for row in states["content"]}
    assert factory.engrave("host", "provision", "-c", line.config, factory.target(uuid)).returncode == 0


def test_a_chain_does_not_fit_the_small_part_and_is_refused_when_assigned(factory):
    line = line_of(factory, "kw45b41z8")
    pair = line.objects["kw45b41z8 key"]
    body = {"name": "with chain", "secureObjectType": "CERTIFICATE", "objectId": "4200", "keyPairId": pair,
            "intermediateCaId": line.ca}
    made = factory.service.post("/api/v1/rtp/secure-objects", body)["id"]
    with pytest.raises(ApiError) as refused:
        factory.service.post(f"/api/v1/rtp/secure-objects/{made}/assign-device-group", {"deviceGroupId": line.group})
    assert refused.value.body["code"] == "ERR_OBJECT_SIZE"
    assert "includeChain" in str(refused.value.body["details"])
