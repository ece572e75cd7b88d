# SPDX-License-Identifier: Apache-2.0
"""Claim codes with engrave-agent: put on the chip by the agent or by the line, opened by the service, never lost or doubled."""
import json
import secrets
import subprocess

import pytest

from tests.helpers.agent_device import VirtualChips, psa_device
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.paths import program
from tests.helpers.record_cut import RecordCut

IDS = {ID_KEY, ID_CERT, ID_AES}
CLAIM_OBJECT = 0xF00000E0
REFUSED = 10


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("cloud"), family="mcxn947", count=48) as made:
        made.usual_objects()
        made.fresh = list(made.chips)
        yield made


@pytest.fixture(scope="module")
def chips(cloud, tmp_path_factory):
    with VirtualChips(cloud, tmp_path_factory.mktemp("chips"), 24) as made:
        made.fresh = list(made.uuids)
        yield made


def new_code(cloud, limit):
    return cloud.claim_code(limit=limit, name=f"code {secrets.token_hex(4)}")


def unconnected(cloud, folder):
    uuid = cloud.fresh.pop()
    return psa_device(cloud, uuid, folder / uuid[:8])


def next_device(cloud, folder):
    return unconnected(cloud, folder).connect()


def refused(device):
    said = device.once()
    assert said["exit"] == REFUSED and not device.objects()
    return said["status"]["claim"]


def test_the_limit_holds_and_tells(cloud, tmp_path):
    code = new_code(cloud, limit=2)
    for _ in range(2):
        device = next_device(cloud, tmp_path).inject(code)
        said = device.once()
        assert said["ok"] and said["status"]["claim"] == "SUCCESS" and set(device.objects()) == IDS
        assert device.once()["objectsImported"] == 0
    late = next_device(cloud, tmp_path).inject(code)
    assert refused(late) == "ERR_CLAIM_CODE_LIMIT_REACHED"
    assert late.status()["last"]["retryAfter"] > 0  # and the agent keeps away that long
    assert late.inject(new_code(cloud, limit=1)).once()["ok"]


def test_a_foreign_code_is_refused(cloud, tmp_path):
    device = next_device(cloud, tmp_path).inject("QUJDREVGR0hJSktMTU5PUA==")
    assert refused(device) == "ERR_NOT_FOUND"
    code, said = device.run("inject-claim", "--code-file", "-", "--claim-key-file", device.claim_key, stdin="short")
    assert code == 3 and "no claim code" in said["why"]


def test_from_the_line_to_the_first_session(cloud, chips, tmp_path):
    """`engrave host claim inject` with the service's own key, then the chip finds its group by itself."""
    uuid = chips.fresh.pop()
    config = tmp_path / "line.yaml"
    config.write_text(f"family: mcxn947\nurl: {cloud.service.url}\napi_key: {cloud.service.data / 'admin.key'}\n"
                      f"ca_file: {cloud.service.ca_file}\n", encoding="ascii")
    done = subprocess.run([str(program("engrave")), "host", "claim", "inject", "-c", str(config), "--code-file", "-",
                           "--json", f"vchip:{chips.run_dir}/{uuid}"], input=new_code(cloud, limit=1), text=True,
                          capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["uuid"] == uuid
    device = chips.device(uuid).connect()
    assert device.once()["status"]["claim"] == "SUCCESS" and set(device.objects()) == IDS
    read = {"op": "its_read", "id": CLAIM_OBJECT, "offset": 0, "length": 1024}
    assert chips.ask(uuid, read)["status"] == -140  # taken away by the service


def complete(device):
    """After an interruption: claimed once, objects there, nothing left to do."""
    again = device.once()
    assert again["ok"], again
    assert set(device.objects()) == IDS


def test_cut_at_every_record_of_a_claim(cloud, tmp_path):
    """Each device has a code for one: an interrupted claim neither uses a second unit nor loses the first."""
    records, whole = 0, False
    while not whole:
        code = new_code(cloud, limit=1)
        device = unconnected(cloud, tmp_path).inject(code)
        with RecordCut("127.0.0.1", cloud.endpoint["port"], records) as relay:
            whole = device.connect(port=relay.port).once()["ok"]
            relay.cut_after = None
            complete(device)
        if records % 6 == 0:
            assert refused(next_device(cloud, tmp_path).inject(code)) == "ERR_CLAIM_CODE_LIMIT_REACHED"
        records += 1
    assert records > 10


def test_power_cut_at_every_write_of_a_claim(cloud, chips):
    writes, whole = 0, False
    while not whole:
        uuid = chips.fresh.pop()
        device = chips.device(uuid).connect().inject(new_code(cloud, limit=1))
        assert chips.ask(uuid, {"op": "cut", "after": writes}, "ctl")["status"] == 0
        said = device.once()
        whole = said["ok"] and chips.ask(uuid, {"op": "dump"}, "ctl")["powered"]
        chips.ask(uuid, {"op": "power", "on": False}, "ctl")
        assert chips.ask(uuid, {"op": "power", "on": True}, "ctl")["status"] == 0
        complete(device)
        read = {"op": "its_read", "id": CLAIM_OBJECT, "offset": 0, "length": 1024}
        assert chips.ask(uuid, read)["status"] == -140
        writes += 1
    assert writes > 5
