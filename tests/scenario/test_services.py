# SPDX-License-Identifier: Apache-2.0
"""Service descriptors and connection data: what is accepted, what devices get, when it is written."""
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers.agent_device import psa_device
from tests.helpers.cloud import ID_CERT, ID_KEY, Cloud, certificates_of
from tests.helpers.service import ApiError

CUSTOM, AWS, AZURE = 15, 0, 2
MQTTS, HTTPS = 2, 1


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("services"), family="mcxn947", count=6) as made:
        made.usual_objects()
        made.fresh = list(made.chips)
        yield made


@pytest.fixture(name="device")
def fixture_device(cloud, tmp_path):
    uuid = cloud.fresh.pop()
    cloud.assign(uuid)
    return psa_device(cloud, uuid, tmp_path).connect()


@pytest.fixture(autouse=True)
def nothing_left(cloud):
    yield
    for s in cloud.service.get(cloud.path("/services"))["content"]:
        cloud.service.delete(cloud.path(f"/services/{s['id']}"))


def refused(code, call, *args):
    with pytest.raises(ApiError) as e:
        call(*args)
    assert e.value.code == code, e.value
    return e.value


def mqtt(cloud, **more):
    return {"name": "telemetry", "type": "CUSTOM", "protocol": "MQTTS", "hostname": "mqtt.example", "port": 8883,
            "clientId": "meter-{uuid}", "keyPairId": cloud.objects["key"],
            "certificateId": cloud.objects["certificate"], **more}


def written(said):
    return said["status"].get("services")


def test_services_reach_the_device_and_are_written_when_they_change(cloud, device):
    first = device.once()
    assert first["ok"] and device.status()["services"] == []
    made = cloud.service.post(cloud.path("/services"), mqtt(cloud))
    said = device.once()
    assert said["ok"] and written(said) == "SUCCESS", said
    told, = device.status()["services"]
    assert told["hostname"] == "mqtt.example" and told["port"] == 8883
    assert (told["type"], told["protocol"], told["keyId"], told["certificateId"]) == (CUSTOM, MQTTS, ID_KEY, ID_CERT)
    assert told["clientId"] == f"meter-{device.uuid.lower()}" and told["id"] == made["id"]
    again = device.once()
    assert again["ok"] and written(again) != "SUCCESS"  # nothing was written
    cloud.service.put(cloud.path(f"/services/{made['id']}"), mqtt(cloud, port=443))
    assert written(device.once()) == "SUCCESS" and device.status()["services"][0]["port"] == 443
    cloud.service.delete(cloud.path(f"/services/{made['id']}"))
    assert device.once()["ok"] and device.status()["services"] == []
    refused("ERR_SERVICE_UNKNOWN", cloud.service.get, cloud.path(f"/services/{made['id']}"))


def test_clouds_of_three_kinds(cloud, device):
    keys = {"keyPairId": cloud.objects["key"], "certificateId": cloud.objects["certificate"]}
    for body in (mqtt(cloud), {"name": "files", "type": "CUSTOM", "protocol": "HTTPS", "hostname": "f.example",
                               "port": 8443, "timeoutMs": 5000, "metadata": {"room": 7}},
                 {"name": "aws", "type": "AWS", "hostname": "abc-ats.iot.eu-west-1.amazonaws.com", **keys},
                 {"name": "azure", "type": "AZURE", "idScope": "0ne0012A34B", **keys}):
        made = cloud.service.post(cloud.path("/services"), body)
        assert made["service"]["name"] == body["name"]
        assert cloud.service.get(cloud.path(f"/services/{made['id']}"))["service"] == made["service"]
    assert device.once()["ok"]
    assert [(s["type"], s["protocol"], s["port"]) for s in device.status()["services"]] == \
        [(CUSTOM, MQTTS, 8883), (CUSTOM, HTTPS, 8443), (AWS, MQTTS, 8883), (AZURE, MQTTS, 0)]
    refused("ERR_NAME_TAKEN", cloud.service.post, cloud.path("/services"), mqtt(cloud))


@pytest.mark.parametrize("change", [
    {"type": "GOOGLE"}, {"hostname": "not a host"}, {"port": 0}, {"protocol": "AMQPS"}, {"protocol": None},
    {"idScope": "0ne00000000"}, {"password": "secret"}, {"certificateId": None}, {"serverRoots": "no PEM"},
    {"type": "AWS"}, {"type": "AZURE"}, {"metadata": "text"}, {"keyPairId": "certificate", "certificateId": "key"}])
def test_what_no_descriptor_may_say(cloud, change):
    change = {k: cloud.objects.get(v, v) if isinstance(v, str) else v for k, v in change.items()}
    refused("ERR_FIELD", cloud.service.post, cloud.path("/services"), {**mqtt(cloud), **change})


def test_objects_must_be_there(cloud):
    refused("ERR_OBJECT_UNKNOWN", cloud.service.post, cloud.path("/services"),
            mqtt(cloud, keyPairId=999, certificateId=999))


# ---- where to dial -----------------------------------------------------------------------------


def test_a_device_is_moved_and_falls_back(cloud, device):
    """New connection data that lead nowhere: the device comes back by the old ones until they work."""
    service = cloud.service
    roots = cloud.endpoint["roots"]
    assert device.once()["ok"]
    refused("ERR_CONNECTION_UNKNOWN", service.get, cloud.path("/connection"))
    put = service.put(cloud.path("/connection"), {"hostname": "localhost", "port": 1, "roots": roots})
    assert put["port"] == 1 and put["rootsDer"]
    assert device.once()["ok"]  # gets the new data
    said = device.once()  # nobody is there
    assert said["ok"] and said["fellBack"], said
    port = cloud.endpoint["port"]
    service.put(cloud.path("/connection"), {"hostname": "localhost", "port": port, "roots": roots})
    assert device.once()["ok"]
    said = device.once()
    assert said["ok"] and not said["fellBack"], said
    service.delete(cloud.path("/connection"))
    assert device.once()["ok"]


def test_the_company_s_data_hold_for_groups_without_their_own(cloud):
    service = cloud.service
    roots = cloud.endpoint["roots"]
    body = {"hostname": "devices.example", "port": 8444, "roots": roots}
    service.put("/api/v1/connection", body)
    assert service.get("/api/v1/connection")["hostname"] == "devices.example"
    refused("ERR_CONNECTION_UNKNOWN", service.get, cloud.path("/connection"))
    service.delete("/api/v1/connection")
    der = b"".join(c.public_bytes(Encoding.DER) for c in certificates_of(roots))
    assert len(der) > 300
    for bad in ({"hostname": "10.0.0.1"}, {"port": 70000}, {"roots": "x"}, {"roots": None}):
        refused("ERR_FIELD", service.put, "/api/v1/connection", {**body, **bad})
