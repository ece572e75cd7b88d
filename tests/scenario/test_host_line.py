# SPDX-License-Identifier: Apache-2.0
"""`engrave host` at a line: service, chips and tool, all real, over both families."""
import json

import pytest

from tests.helpers.factory import Factory, uuid_dec

FAMILIES = [("mcxn947", 999340000274), ("rw612", 999340000612)]


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("line")) as f:
        for family, nc12 in FAMILIES:
            f.add_line(family, nc12, count=24)
        f.power_on()
        f.free = {line.family: list(line.uuids) for line in f.lines}
        yield f


@pytest.fixture(params=[family for family, _ in FAMILIES])
def line(factory, request):
    return next(x for x in factory.lines if x.family == request.param)


@pytest.fixture
def mcx(factory):
    return factory.lines[0]


def fresh(factory, line):
    """UUID of a chip that no test has used."""
    return factory.free[line.family].pop()


def host(factory, line, verb, *args, check=False):
    """One host verb with this line's configuration; exit code and the JSON lines."""
    done = factory.engrave("host", verb, "-c", line.config, "--json", *args, check=check)
    return done.returncode, [json.loads(x) for x in done.stdout.splitlines()]


def device_state(factory, uuid):
    return factory.service.get(f"/api/v1/devices/{uuid_dec(uuid)}")["state"]


def fuses_of(factory, uuid):
    return factory.ask(uuid, {"op": "dump"}, kind="ctl")


def test_single_shot_shows_every_step(factory, line):
    uuid = fresh(factory, line)
    done = factory.engrave("host", "provision", "-c", line.config, factory.target(uuid))
    for step in ["read UUID", "assign to group", "wait for objects", "download objects",
                 "load objects and firmware", "run provisioning", "report outcome", "verify"]:
        assert step in done.stdout
    assert f"{uuid}  provisioned" in done.stdout and "verified" in done.stdout
    assert "\033" not in done.stdout  # no terminal, no colours
    assert device_state(factory, uuid) == "PROVISIONING_COMPLETED"


def test_many_in_parallel_one_line_each(factory, line):
    uuids = [fresh(factory, line) for _ in range(3)]
    code, lines = host(factory, line, "provision", *[factory.target(u) for u in uuids])
    assert code == 0
    assert sorted(x["uuid"] for x in lines) == sorted(uuids)
    for x in lines:
        assert x["ok"] and x["verified"] and x["statusWord"] == "0x5A5A5A5A"
        assert x["checks"]["keys"] == 1 and x["checks"]["certificates"] == 1
        assert x["subject"] == f"CN=device-{x['uuid']}"


def test_dry_run_changes_nothing_and_the_real_run_still_works(factory, line):
    uuid = fresh(factory, line)
    before = fuses_of(factory, uuid)
    code, lines = host(factory, line, "provision", "--dry-run", factory.target(uuid))
    assert code == 0 and lines[0]["result"] == "dry run passed" and not lines[0]["verified"]
    after = fuses_of(factory, uuid)
    assert after["fuses"] == before["fuses"] and after.get("ifr") == before.get("ifr")
    assert device_state(factory, uuid) == "GENERATION_COMPLETED"
    code, lines = host(factory, line, "provision", factory.target(uuid))
    assert code == 0 and lines[0]["verified"]


def test_split_verbs(factory, line, tmp_path):
    uuid = fresh(factory, line)
    objects = tmp_path / "objects.bin"
    target = factory.target(uuid)
    code, lines = host(factory, line, "fetch", "--uuid", uuid, "-o", objects)
    assert code == 0 and lines[0]["bytes"] == objects.stat().st_size
    assert objects.read_bytes().startswith(b"\x40\x0bedgelock2go")
    first = objects.read_bytes()
    assert host(factory, line, "fetch", target, "-o", objects)[0] == 0
    assert objects.read_bytes() == first  # the same objects, however often they are asked for
    assert host(factory, line, "load", target, objects)[0] == 0
    assert host(factory, line, "run", target, "--dry-run")[0] == 0
    assert device_state(factory, uuid) == "GENERATION_COMPLETED"
    code, lines = host(factory, line, "run", target)
    assert code == 0, lines
    assert lines[0]["statusWord"] == "0x5A5A5A5A"
    assert device_state(factory, uuid) == "PROVISIONING_COMPLETED"
    code, lines = host(factory, line, "verify", target)
    assert code == 0 and lines[0]["verified"]


def test_objects_of_another_chip_are_refused_by_the_firmware(factory, mcx, tmp_path):
    mine, other = fresh(factory, mcx), fresh(factory, mcx)
    objects = tmp_path / "objects.bin"
    assert host(factory, mcx, "fetch", "--uuid", other, "-o", objects)[0] == 0
    assert host(factory, mcx, "load", factory.target(mine), objects)[0] == 0
    code, lines = host(factory, mcx, "run", "--no-report", factory.target(mine))
    assert code == 8  # refused
    assert lines[0]["error"]["code"] == "ERR_FIRMWARE"
    assert lines[0]["statusWord"] in lines[0]["error"]["cause"]
    assert lines[0]["error"]["next"]


def test_counterfeit_chip_is_found_and_told(factory, mcx):
    uuid, good = fresh(factory, mcx), fresh(factory, mcx)
    assert factory.ask(uuid, {"op": "counterfeit"}, kind="ctl")["status"] == 0
    code, lines = host(factory, mcx, "provision", factory.target(uuid), factory.target(good))
    assert code == 1  # some of several
    by_uuid = {x["uuid"]: x for x in lines}
    assert by_uuid[good]["ok"] and by_uuid[good]["verified"]
    assert by_uuid[uuid]["error"]["code"] == "ERR_FIRMWARE"
    assert by_uuid[uuid]["step"] == "run provisioning"
    assert device_state(factory, uuid) == "PROVISIONING_FAILED"


def test_power_cut_in_the_run_can_be_repeated(factory, mcx):
    uuid = fresh(factory, mcx)
    assert factory.ask(uuid, {"op": "cut", "after": 2}, kind="ctl")["status"] == 0
    code, lines = host(factory, mcx, "provision", "--run-timeout", "1", factory.target(uuid))
    assert code == 15
    assert lines[0]["error"]["code"] == "ERR_FIRMWARE_SILENT"
    assert factory.ask(uuid, {"op": "power", "on": True}, kind="ctl")["status"] == 0
    code, lines = host(factory, mcx, "provision", factory.target(uuid))
    assert code == 0, lines
    assert lines[0]["verified"]


def test_key_swapped_after_provisioning_fails_the_challenge(factory, mcx):
    """A chip that holds the objects of before its die key changed cannot use them."""
    uuid = fresh(factory, mcx)
    assert host(factory, mcx, "provision", factory.target(uuid))[0] == 0
    assert factory.ask(uuid, {"op": "counterfeit"}, kind="ctl")["status"] == 0
    code, lines = host(factory, mcx, "verify", factory.target(uuid))
    assert code != 0
    assert not lines[0]["verified"] and lines[0]["step"] == "verify"


def test_device_of_another_group_needs_re_assign(factory, mcx):
    uuid = fresh(factory, mcx)
    other = factory.service.post(f"/api/v1/products/{mcx.nc12}/device-groups",
                                 {"deviceGroupName": "another"})["id"]
    factory.service.post(f"/api/v1/products/{mcx.nc12}/device-groups/{other}/devices",
                         {"deviceIds": [uuid_dec(uuid)]})
    code, lines = host(factory, mcx, "provision", factory.target(uuid))
    assert code == 7
    assert lines[0]["error"]["code"] == "ERR_SEDM_422_11"
    assert f"device group {other}" in lines[0]["error"]["cause"]
    assert len(lines[0]["error"]["correlationId"]) == 36
    code, lines = host(factory, mcx, "provision", "--re-assign", factory.target(uuid))
    assert code == 0 and lines[0]["verified"]


def test_chip_without_a_known_root(factory, mcx, tmp_path):
    done = factory.engrave("host", "fetch", "-c", mcx.config, "--uuid", "f" * 32, "-o", tmp_path / "x", "--json",
                           check=False)
    assert done.returncode == 6
    error = json.loads(done.stdout)["error"]
    assert "manifest" in error["next"]
    assert not (tmp_path / "x").exists()


def test_unclaim_by_target_uuid_and_all(factory, mcx, tmp_path):
    group = factory.service.post(f"/api/v1/products/{mcx.nc12}/device-groups", {"deviceGroupName": "short"})["id"]
    config = tmp_path / "line.yaml"
    config.write_text(mcx.config.read_text().replace(f"device_group_id: {mcx.group}\n",
                                                     f"device_group_id: {group}\n"))
    uuids = [fresh(factory, mcx) for _ in range(2)]
    path = f"/api/v1/products/{mcx.nc12}/device-groups/{group}/devices"

    def claim():
        factory.service.post(path, {"deviceIds": [uuid_dec(u) for u in uuids]})

    def left():
        return len(factory.service.get(path)["content"])

    for args, expected in [([factory.target(uuids[0])], 1), (["--uuid", uuid_dec(uuids[1])], 1), (["--all"], 0)]:
        claim()
        done = factory.engrave("host", "unclaim", "-c", config, "--json", *args)
        assert json.loads(done.stdout)["unclaimed"] == 2 - expected
        assert left() == expected


def test_quota_stops_over_production(factory, mcx, tmp_path):
    group = factory.service.post(f"/api/v1/products/{mcx.nc12}/device-groups",
                                 {"deviceGroupName": "quota", "quota": 1})["id"]
    for so in mcx.objects.values():
        factory.service.post(f"/api/v1/rtp/secure-objects/{so}/assign-device-group", {"deviceGroupId": group})
    config = tmp_path / "line.yaml"
    config.write_text(mcx.config.read_text().replace(f"device_group_id: {mcx.group}\n",
                                                     f"device_group_id: {group}\n"))
    uuids = [fresh(factory, mcx) for _ in range(2)]
    for uuid, expected in zip(uuids, [0, 10]):
        done = factory.engrave("host", "fetch", "-c", config, "--uuid", uuid, "-o", tmp_path / "o", "--json",
                               check=False)
        assert done.returncode == expected, done.stdout
    assert "QUOTA" in json.loads(done.stdout)["error"]["code"]


def test_run_folder_stands_for_all_its_chips(factory):
    done = factory.engrave("host", "get-uuid", "--json", f"vchip:{factory.run_dir}", check=False)
    targets = {json.loads(x)["target"] for x in done.stdout.splitlines()}
    assert targets == {factory.target(u) for line in factory.lines for u in line.uuids}


def test_serial_target_is_the_same_line(factory, mcx):
    uuid = fresh(factory, mcx)
    target = f"serial:{factory.tty(uuid)},115200"
    done = factory.engrave("host", "get-uuid", "--json", target)
    assert json.loads(done.stdout)["uuid"] == uuid
    done = factory.engrave("host", "provision", "-c", mcx.config, target)
    assert "not verified (no application channel)" in done.stdout
    code, lines = host(factory, mcx, "verify", target)
    assert code == 14 and lines[0]["error"]["code"] == "ERR_NO_APPLICATION"
    assert host(factory, mcx, "verify", factory.target(uuid))[0] == 0
