# SPDX-License-Identifier: Apache-2.0
"""Use what was provisioned: MQTT logins with the key in the enclave, at a real broker that checks certificate and CRL."""
import secrets
import subprocess

import pytest
import requests

from tests.helpers.agent_device import VirtualChips, psa_device
from tests.helpers.broker import Broker, find_mosquitto
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import ID_CERT, ID_KEY, Cloud

NO_CREDENTIALS, NOT_CONNECTED = 31, 32

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("cloud"), family="mcxn947", count=5) as made:
        made.usual_objects()
        made.assign(*made.chips)
        made.fresh = list(made.chips)
        yield made


def crl(cloud):
    path = f"/api/v1/crl/{cloud.ca}.crl"
    answer = requests.get(cloud.service.public_url + path, timeout=30)
    answer.raise_for_status()
    return answer.content


@pytest.fixture
def broker(cloud, tmp_path):
    chain = cloud.service.get(f"/api/v1/rtp/certificate-authorities/{cloud.ca}/chain")
    with Broker(tmp_path / "broker", chain, crl(cloud)) as running:
        yield running


@pytest.fixture(params=["psa", "vchip"])
def device(request, cloud, tmp_path):
    if request.param == "psa":
        yield psa_device(cloud, cloud.fresh.pop(), tmp_path / "device").connect()
        return
    with VirtualChips(cloud, tmp_path / "chips", 1) as chips:
        cloud.assign(*chips.uuids)
        yield chips.device(chips.uuids[0]).connect()


def mqtt(device, broker, what, *more, stdin=None):
    return device.run("mqtt", what, "--host", "localhost", "--dial", "127.0.0.1", "--port", broker.port, "--roots",
                      broker.ca, "--key", ID_KEY, "--certificate", ID_CERT, "--timeout", 10, *more, stdin=stdin)


def test_publish_and_subscribe(device, broker):
    assert device.once()["ok"]
    argv = device.argv("mqtt", "subscribe", "--host", "localhost", "--dial", "127.0.0.1", "--port", broker.port,
                       "--roots", broker.ca, "--key", ID_KEY, "--certificate", ID_CERT, "--topic", "t/#",
                       "--client-id", "listener", "--timeout", "20")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listener:
        assert listener.stderr.readline() == "subscribed\n"
        code, said = mqtt(device, broker, "publish", "--topic", "t/1", "--message-file", "-", stdin="from the enclave")
        assert code == 0 and said["clientId"] == device.uuid
        out, _ = listener.communicate(timeout=30)
        assert listener.returncode == 0 and out.splitlines()[0] == "t/1 from the enclave"
    assert f"device-{device.uuid}" in broker.log().lower()  # the broker knows it by its certificate


def test_revoked_is_refused_and_rotated_is_let_in(cloud, device, broker):
    assert device.once()["ok"] and mqtt(device, broker, "check")[0] == 0
    service, path = cloud.service, f"/api/v1/devices/{decimal(device.uuid)}"
    assert service.post(f"{path}/revoke-certificates", {"reason": "keyCompromise"})["revoked"] == 1
    broker.set_crl(crl(cloud))
    broker.restart()
    code, said = mqtt(device, broker, "check")
    assert code == NOT_CONNECTED, said
    assert "revoked" in broker.log() or "certificate" in broker.log()
    before = service.get(f"{path}/certificates")
    # A new version of the certificate is made for every device of the group, and this one fetches it.
    rotate(cloud)
    assert device.once()["objectsImported"] >= 1
    after = service.get(f"{path}/certificates")
    assert len(after["content"]) > len(before["content"])
    code, said = mqtt(device, broker, "check")
    assert code == 0, said


def rotate(cloud):
    cloud.service.put(f"/api/v1/rtp/secure-objects/{cloud.objects['certificate']}",
                      {"commonNamePrefix": f"turn-{secrets.token_hex(3)}-"})


def test_what_is_not_there_cannot_log_in(cloud, broker, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path / "empty").connect()
    assert mqtt(device, broker, "check")[0] == NO_CREDENTIALS
    assert device.once()["ok"] and mqtt(device, broker, "check")[0] == 0
    assert mqtt(device, broker, "check", "--key", 0x1003)[0] == NOT_CONNECTED  # an AES key does not sign


def test_a_service_descriptor_says_where_and_with_what(cloud, broker, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path / "device").connect()
    made = cloud.service.post(cloud.path("/services"), {
        "name": f"broker {secrets.token_hex(3)}", "type": "CUSTOM", "protocol": "MQTTS", "hostname": "localhost",
        "port": broker.port, "clientId": "meter-{uuid}", "keyPairId": cloud.objects["key"],
        "certificateId": cloud.objects["certificate"]})
    try:
        assert device.once()["ok"]
        by_service = ["mqtt", "check", "--service", made["id"], "--dial", "127.0.0.1", "--timeout", 10]
        code, said = device.run(*by_service, "--roots", broker.ca)
        assert (code, said["host"], said["clientId"]) == (0, "localhost", f"meter-{device.uuid}"), said
        code, said = device.run("mqtt", "check", "--service", made["id"] + 1)
        assert code == 3 and "no service" in said["why"]
    finally:
        cloud.service.delete(cloud.path(f"/services/{made['id']}"))


def test_another_broker_is_not_trusted(cloud, broker, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path / "device").connect()
    assert device.once()["ok"]
    code, said = mqtt(device, broker, "check", "--roots", cloud.service.ca_file)
    assert code == NOT_CONNECTED, said
    code, said = mqtt(device, broker, "check", "--host", "elsewhere.example")
    assert code == NOT_CONNECTED, said
