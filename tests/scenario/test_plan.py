# SPDX-License-Identifier: Apache-2.0
"""engrave host provision --plan: what would be burned, told by a twin; nothing of it on the chip."""
import json
import shutil
import struct

import pytest

from tests.helpers.chip_journal import FUSE, family_number
from tests.helpers.chip_objects import record
from tests.helpers.factory import Factory
from tests.helpers.faulty_line import FaultyLine

FAMILIES = {"mcxn947": 999340000274, "rw612": 935409234118, "kw45b41z8": 935000000045, "mimx9352": 935454724557}


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("plan")) as f:
        for family, nc12 in FAMILIES.items():
            f.add_line(family, nc12=nc12, count=2)
        f.power_on()
        yield f


def line_of(factory, family):
    return next(line for line in factory.lines if line.family == family)


def plan(factory, line, uuid, *more, check=True):
    return factory.engrave("host", "provision", "--plan", "--twin", line.chips, "-c", line.config,
                           factory.target(uuid), *more, check=check)


def dump(factory, uuid):
    return factory.ask(uuid, {"op": "dump"}, "ctl")


def sectors(shown):
    return {s["address"]: s["wear"] for s in shown["flash"]}


def count(plan_json, kind, *phases):
    return sum(w["count"] for phase in phases for w in plan_json[phase] if w["kind"] == kind)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_plan_is_what_a_run_does(factory, family):
    line = line_of(factory, family)
    uuid = line.uuids[0]
    file = line.chips / f"{uuid}.chip"
    before, bytes_before = dump(factory, uuid), file.read_bytes()
    planned, result = [json.loads(text) for text in plan(factory, line, uuid, "--json").stdout.splitlines()]
    assert result["ok"] and result["result"] == "planned" and result["statusWord"] == "0x5A5A5A5A"
    p = planned["plan"]
    assert dump(factory, uuid) == before and file.read_bytes() == bytes_before

    console = family == "mimx9352"
    with FaultyLine(factory.run_dir / "cable", factory.run_dir, uuid, console=console) as cable:
        done = factory.engrave("host", "provision", "-c", line.config, f"vchip:{cable.target}", "--json")
    assert json.loads(done.stdout)["verified"]
    after = dump(factory, uuid)
    busy = cable.said if console else cable.sent + cable.said  # what is typed comes back at the same time
    assert 0.85 < p["bytes"]["line"] / busy < 1.15, (p["bytes"], cable.sent, cable.said)
    assert p["writes"]["total"] == after["writes"] - before["writes"]
    assert p["writes"]["total"] == sum(p["writes"][k] for k in ("fuses", "ifr", "flashErases", "flashPrograms"))
    worn = sum(sectors(after).values()) - sum(sectors(before).values())
    assert p["writes"]["flashErases"] == worn == count(p, "flash-erase", "load", "run")
    assert (p["lifeCycle"]["from"], p["lifeCycle"]["to"]) == (before["life_cycle"], after["life_cycle"])
    assert p["ifr"] == {"from": before["ifr"], "to": after["ifr"]}
    assert p["bootKeyHash"] == after["boot_key_hash"] and p["dropped"] == 0
    writes = p["load"] + p["run"]
    assert p["run"] if family != "kw45b41z8" else not p["run"]  # whose firmware runs as it arrives
    burned = {str(w["index"]): w["to"] for w in writes if w["kind"] == "fuse" and "to" in w}
    changed = {k: v for k, v in after["fuses"].items() if before["fuses"].get(k) != v}
    assert burned == changed
    assert writes[-1]["index"] == family_number(family, "fuse_life_cycle") and writes[-1]["to"] != writes[-1]["from"]
    assert p["bytes"]["objects"] == json.loads(done.stdout)["bytes"] and p["seconds"]["baud"] == 57600


@pytest.mark.parametrize("family", ["mcxn947", "kw45b41z8", "mimx9352"])
def test_a_part_that_would_refuse_is_found_by_the_plan(factory, family, tmp_path):
    """Also of the families whose line says nothing about how a run ended."""
    line = line_of(factory, family)
    uuid = line.uuids[1]
    burned = {"mcxn947": (family_number(family, "fuse_life_cycle"), 0xCF),
              "kw45b41z8": (64, 0x12345678), "mimx9352": (128, 0x12345678)}[family]  # locked; another boot key hash
    file = tmp_path / f"{uuid}.chip"
    shutil.copy(line.chips / file.name, file)
    with file.open("ab") as f:
        f.write(record(FUSE, struct.pack(">HI", *burned)))
    done = factory.engrave("host", "provision", "--plan", "--twin", file, "-c", line.config, factory.target(uuid),
                           "--json", check=False)
    (result,) = [json.loads(text) for text in done.stdout.splitlines()]
    assert done.returncode == 8 and not result["ok"] and result["error"]["code"] == "ERR_FIRMWARE", result
    assert result["statusWord"] == ("0x7500D010" if family == "mcxn947" else "0x7500E300")
    assert dump(factory, uuid)["life_cycle"] == "OPEN"


def test_the_firmware_that_runs_as_it_arrives_is_said_so(factory):
    line = line_of(factory, "kw45b41z8")
    text = plan(factory, line, line.uuids[1]).stdout
    assert "while objects are loaded and the firmware runs as it arrives" in text and "OPEN -> CLOSED" in text


def test_the_table_and_the_secret(factory):
    line = line_of(factory, "rw612")
    text = plan(factory, line, line.uuids[1], "--baud", 115200).stdout
    assert f"plan for {line.uuids[1]}; nothing was burned" in text
    assert "firmware decryption key (secret)" in text and "OPEN -> CLOSED" in text
    assert "fuse 15    00000000 -> 09d11411" in text and "at 115200 baud" in text
    key = bytes(range(32))
    words = [key[i:i + 4][::-1].hex() for i in range(0, 32, 4)]
    assert not any(word in text for word in words[1:])


def test_a_second_plan_finds_nothing_left(factory):
    line = line_of(factory, "mcxn947")
    uuid = line.uuids[1]
    factory.engrave("host", "provision", "-c", line.config, factory.target(uuid))
    shown = json.loads(plan(factory, line, uuid, "--json").stdout.splitlines()[0])["plan"]
    assert shown["writes"]["total"] == 0 and shown["lifeCycle"] == {"from": "CLOSED", "to": "CLOSED"}


def test_a_twin_of_another_chip_is_refused(factory, tmp_path):
    line = line_of(factory, "mcxn947")
    one, other = line.uuids
    shutil.copy(line.chips / f"{other}.chip", tmp_path / f"{one}.chip")
    done = factory.engrave("host", "provision", "--plan", "--twin", tmp_path, "-c", line.config,
                           factory.target(one), check=False)
    assert done.returncode != 0 and "twin" in done.stdout + done.stderr
    done = factory.engrave("host", "provision", "--plan", "--twin", tmp_path / "none", "-c", line.config,
                           factory.target(one), check=False)
    assert done.returncode == 15 and "no virtual twin" in done.stdout + done.stderr


def test_plan_and_twin_go_together(factory):
    line = line_of(factory, "mcxn947")
    for more in (["--plan"], ["--twin", line.chips]):
        done = factory.engrave("host", "provision", *more, "-c", line.config, factory.target(line.uuids[0]), check=False)
        assert done.returncode == 2 and "--plan and --twin go together" in done.stdout + done.stderr
