# SPDX-License-Identifier: Apache-2.0
"""Staged rollouts of a changed object: canaries, shares, limits, halt, resume, rollback, live progress."""
import threading

import pytest
import requests

from tests.helpers import nxp_agent
from tests.helpers.agent_device import psa_device
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud
from tests.helpers.service import ApiError

ID_FILE, ID_MORE = 0x2001, 0x2002
CHIPS = 16


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("rollout"), family="mcxn947", count=CHIPS) as made:
        yield made


class Fleet:
    """A group of its own with one file object and devices in it."""

    def __init__(self, cloud, folder, count, name):
        self.cloud, self.service = cloud, cloud.service
        base = f"/api/v1/products/{cloud.nc12}/device-groups"
        self.group = self.service.post(base, {"deviceGroupName": name, "flows": ["CLOUD"]})["id"]
        self.path = f"{base}/{self.group}"
        self.file = self.service.post("/api/v1/rtp/secure-objects", {
            "name": f"settings of {name}", "secureObjectType": "BINARY_FILE", "objectId": str(ID_FILE),
            "payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "b25l"}})["id"]
        self.service.post(f"/api/v1/rtp/secure-objects/{self.file}/assign-device-group", {"deviceGroupId": self.group})
        self.uuids = [cloud.chips.pop() for _ in range(count)]
        self.service.post(f"{self.path}/devices", {"deviceIds": [decimal(u) for u in self.uuids]})
        self.devices = {}
        for uuid in self.uuids:
            (folder / uuid).mkdir()
            self.devices[uuid] = psa_device(cloud, uuid, folder / uuid).connect()

    def change(self, text):
        self.service.put(f"/api/v1/rtp/secure-objects/{self.file}",
                         {"payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": text}})

    def connect(self, uuids=None):
        """Sessions of these devices; those that got something."""
        changed = set()
        for uuid in uuids or self.uuids:
            said = self.devices[uuid].once()
            assert said["ok"], said
            if said["objectsImported"]:
                changed.add(uuid)
        return changed

    def begin(self, **members):
        return self.service.post(f"{self.path}/rollouts", members)

    def rollout(self, made):
        return self.service.get(f"{self.path}/rollouts/{made['id']}")

    def step(self, made, verb):
        return self.service.post(f"{self.path}/rollouts/{made['id']}/{verb}")

    def percent(self, made, percent):
        return self.service.put(f"{self.path}/rollouts/{made['id']}", {"percent": percent})


def refused(code, call, *args):
    with pytest.raises(ApiError) as e:
        call(*args)
    assert e.value.code == code, e.value


def test_a_change_without_rollout_reaches_everybody(cloud, tmp_path):
    fleet = Fleet(cloud, tmp_path, 2, "plain")
    assert fleet.connect() == set(fleet.uuids)
    assert fleet.connect() == set()
    fleet.change("dHdv")
    assert fleet.connect() == set(fleet.uuids)
    assert fleet.connect() == set()
    more = fleet.service.post("/api/v1/rtp/secure-objects", {
        "name": "more", "secureObjectType": "BINARY_FILE", "objectId": str(ID_MORE),
        "payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "b25l"}})["id"]
    fleet.service.post(f"/api/v1/rtp/secure-objects/{more}/assign-device-group", {"deviceGroupId": fleet.group})
    assert fleet.connect() == set(fleet.uuids)
    assert {ID_FILE, ID_MORE} == set(fleet.devices[fleet.uuids[0]].objects())
    fleet.service.post(f"/api/v1/rtp/secure-objects/{more}/unassign-device-groups", [{"deviceGroupId": fleet.group}])
    fleet.connect()
    assert {ID_FILE} == set(fleet.devices[fleet.uuids[0]].objects())  # taken away again


def test_canaries_then_a_share_then_all(cloud, tmp_path):
    fleet = Fleet(cloud, tmp_path, 6, "staged")
    fleet.connect()
    canary = fleet.uuids[0]
    made = fleet.begin(name="settings 2", percent=0, canaries=[decimal(canary)])
    assert made["state"] == "RUNNING" and made["canaries"] == 1
    refused("ERR_ROLLOUT_OPEN", fleet.begin)
    fleet.change("dHdv")
    assert fleet.connect() == {canary}
    now = fleet.rollout(made)
    assert (now["updated"], now["failed"], now["members"], now["changed"]) == (1, 0, 6, True)
    fleet.percent(made, 50)
    half = fleet.connect()
    assert canary not in half and fleet.rollout(made)["updated"] == 1 + len(half)
    assert fleet.connect() == set()  # the same devices are in it as long as the share is the same
    fleet.step(made, "halt")
    fleet.percent(made, 100)
    assert fleet.connect() == set()  # halted: nobody moves
    assert fleet.step(made, "resume")["state"] == "RUNNING"
    assert fleet.connect() == set(fleet.uuids) - half - {canary}
    done = fleet.step(made, "finish")
    assert done["state"] == "FINISHED" and done["updated"] == 6
    refused("ERR_ROLLOUT_STATE", fleet.step, made, "halt")
    assert fleet.connect() == set()


def test_rollback_gives_everybody_the_objects_from_before(cloud, tmp_path):
    fleet = Fleet(cloud, tmp_path, 2, "back")
    fleet.connect()
    made = fleet.begin(percent=100)
    fleet.change("YmFk")
    assert fleet.connect() == set(fleet.uuids)
    assert fleet.step(made, "rollback")["state"] == "ROLLED_BACK"
    assert fleet.connect() == set(fleet.uuids)  # the old version again
    assert fleet.connect() == set()
    fleet.change("Z29vZA==")  # pinned: nothing moves until somebody says so
    assert fleet.connect() == set()
    again = fleet.begin(percent=100)
    assert fleet.rollout(made)["state"] == "FINISHED"
    assert fleet.connect() == set(fleet.uuids)
    fleet.step(again, "finish")
    assert [r["id"] for r in fleet.service.get(f"{fleet.path}/rollouts")["content"]] == [again["id"], made["id"]]


def test_events_tell_of_progress(cloud, tmp_path):
    fleet = Fleet(cloud, tmp_path, 1, "watched")
    service = fleet.service
    made = fleet.begin(percent=100)
    url = f"{service.url}{fleet.path}/rollouts/{made['id']}/events"

    def watch(last=None):
        headers = {"Last-Event-ID": last} if last else {}
        answer = service.session.get(url, headers=headers, timeout=40)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
        return answer.text

    first = watch()  # at once: where we are
    assert "retry:" in first
    last = first.split("id: ")[1].split("\n")[0]
    fleet.connect()
    fleet.change("dHdv")
    told = []
    watcher = threading.Thread(target=lambda: told.append(watch(last)))
    watcher.start()
    assert fleet.connect() == set(fleet.uuids)
    watcher.join(30)
    assert "event: rollout" in told[0] and "a device is up to date" in told[0]
    assert "event: device" not in told[0]  # only this rollout's
    everything = service.session.get(f"{service.url}/api/v1/events?after=0", timeout=40).text
    assert "event: device" in everything and "running" in everything
    anybody = requests.get(url, verify=str(service.ca_file), timeout=30)
    assert anybody.status_code == 401


def test_what_is_refused(cloud, tmp_path):
    fleet = Fleet(cloud, tmp_path, 1, "refusals")
    refused("ERR_NOT_IN_GROUP", lambda: fleet.begin(canaries=[decimal("0" * 31 + "7")]))
    refused("ERR_FIELD", lambda: fleet.begin(percent=101))
    refused("ERR_ROLLOUT_UNKNOWN", fleet.service.get, f"{fleet.path}/rollouts/999")
    made = fleet.begin()
    fleet.step(made, "rollback")
    refused("ERR_ROLLOUT_STATE", fleet.step, made, "resume")


def test_failing_devices_halt_it(cloud, tmp_path):
    """Chips whose enclave opens nothing: the second failure stops the rollout, and the others stay as they are."""
    fleet = Fleet(cloud, tmp_path, 3, "failing")
    healthy, *broken = fleet.uuids
    assert fleet.connect([healthy]) == {healthy}
    made = fleet.begin(percent=100, maxFailures=2)
    fleet.change("dHdv")
    for n, uuid in enumerate(broken):
        assert fleet.rollout(made)["state"] == "RUNNING"
        lines = cloud.keys_text(uuid).splitlines()
        lines = [line[:-64] + "00" * 32 if line.startswith("keydata 3fff0212") else line for line in lines]
        peer = nxp_agent.NxpAgent("\n".join(lines) + "\n", cloud.connection, tls="1.3")
        assert peer.run().exit != 0
        assert fleet.rollout(made)["failed"] == n + 1
    now = fleet.rollout(made)
    assert now["state"] == "HALTED" and "2 of 2 devices failed" in now["why"]
    assert fleet.connect([healthy]) == set()
    fleet.step(made, "rollback")
    assert fleet.connect([healthy]) == set()
