# SPDX-License-Identifier: Apache-2.0
"""A device taken out of service: everything removed, certificates revoked, later connections are alarms."""
import pytest

from tests.helpers.agent_device import psa_device
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud
from tests.helpers.service import ApiError


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("retire"), family="mcxn947", count=4) as made:
        made.usual_objects()
        made.fresh = list(made.chips)
        yield made


@pytest.fixture(name="device")
def fixture_device(cloud, tmp_path):
    uuid = cloud.fresh.pop()
    cloud.assign(uuid)
    made = psa_device(cloud, uuid, tmp_path).connect()
    assert made.once()["ok"] and made.objects()
    return made


def retire(cloud, device, **more):
    return cloud.service.post(f"/api/v1/devices/{decimal(device.uuid)}/decommission", more)


def alarms(cloud, device):
    listed = cloud.service.get("/api/v1/alarms")["content"]
    return [a for a in listed if a.get("deviceId") == decimal(device.uuid)]


def history(cloud, device):
    return [e["event"] for e in cloud.device(device.uuid)["history"]]


def test_all_objects_go_then_the_device(cloud, device):
    said = retire(cloud, device)
    assert said == {"state": "RETIRING", "revoked": 1}
    listed = cloud.service.get(f"/api/v1/devices/{decimal(device.uuid)}/certificates")["content"]
    assert [c["reason"] for c in listed] == ["cessationOfOperation"]
    assert cloud.device(device.uuid)["deviceGroupId"] == cloud.group  # until it came
    assert device.once()["ok"]
    assert device.objects() == {}
    assert cloud.device(device.uuid)["deviceGroupId"] is None and not alarms(cloud, device)
    again = device.once()
    assert not again["ok"]
    assert len(alarms(cloud, device)) == 1
    assert history(cloud, device)[-1] == "RETIRED" and "RETIRING" in history(cloud, device)


def test_one_that_never_comes_again(cloud, device):
    assert retire(cloud, device, atOnce=True)["state"] == "RETIRED"
    assert cloud.device(device.uuid)["deviceGroupId"] is None
    assert not device.once()["ok"] and alarms(cloud, device)


def test_who_may(cloud):
    with pytest.raises(ApiError) as e:
        cloud.service.post("/api/v1/devices/77/decommission", {})
    assert e.value.code == "ERR_DEVICE_UNKNOWN"
