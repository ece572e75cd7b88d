# SPDX-License-Identifier: Apache-2.0
"""Certificates renewed in the field, while the clock runs years ahead: new key, same key, side by side, offline."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.agent_device import VirtualChips
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud
from tests.helpers.preload import Clock

DAY_S = 86400
ID_KEY, ID_CERT, ID_KEY_B, ID_CERT_B = 0x3001, 0x3002, 0x3003, 0x3004
DAYS = 40


@pytest.fixture(name="world")
def fixture_world(tmp_path_factory):
    """A service and chips whose clock can be moved; every program that is started shares it. The endpoint's own
    certificate lives for 90 days and is looked at by a clock that does not jump: no test goes further than that."""
    folder = tmp_path_factory.mktemp("renewal")  # short: sockets of chips lie below it
    clock = Clock(folder / "clock")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in clock.env.items():
            patch.setenv(name, value)
        (folder / "cloud").mkdir()
        with Cloud(folder / "cloud", family="mcxn947", count=1) as cloud, \
                VirtualChips(cloud, folder / "chips", 1) as chips:
            cloud.clock, cloud.vchips, cloud.now_s = clock, chips, 0
            cloud.fresh = list(chips.uuids)
            cloud.ca = cloud.service.post("/api/v1/rtp/intermediate-cas", {
                "name": "renewing", "algorithm": "NIST_P256", "requestType": "WITHOUT_CSR"})["id"]
            yield cloud


class Renewed:
    """A group whose certificates are renewed, and one chip in it."""

    def __init__(self, world, name, **renewal):
        self.world, self.service = world, world.service
        base = f"/api/v1/products/{world.nc12}/device-groups"
        self.group = self.service.post(base, {"deviceGroupName": name, "flows": ["CLOUD"]})["id"]
        self.path = f"{base}/{self.group}"
        self.key = self.create(f"{name} key", "KEYPAIR", ID_KEY, algorithm="NIST_P256")
        self.certificate = self.create(
            f"{name} certificate", "CERTIFICATE", ID_CERT, keyPairId=self.key, intermediateCaId=world.ca,
            commonNamePrefix="device-", includeChain=False, renewal=renewal,
            certificateValidity={"validityType": "DAYS", "validityDays": DAYS})
        self.uuid = world.fresh.pop()
        self.service.post(f"{self.path}/devices", {"deviceIds": [decimal(self.uuid)]})
        self.device = world.vchips.device(self.uuid).connect()

    def create(self, name, kind, object_id, **members):
        made = self.service.post("/api/v1/rtp/secure-objects", {
            "name": name, "secureObjectType": kind, "objectId": str(object_id), **members})["id"]
        self.service.post(f"/api/v1/rtp/secure-objects/{made}/assign-device-group", {"deviceGroupId": self.group})
        return made

    def later(self, days):
        self.world.now_s += days * DAY_S
        self.world.clock.jump(self.world.now_s)

    def once(self):
        said = self.device.once()
        assert said["ok"], said
        return said["objectsImported"]

    def held(self):
        return set(self.device.objects())

    def leaf(self, object_id=ID_CERT):
        data = self.world.vchips.ask(self.uuid, {"op": "read", "key": object_id})["data"]
        return x509.load_der_x509_certificate(bytes.fromhex(data))

    def works(self, key=ID_KEY, certificate=ID_CERT):
        """The key in the chip is that of the certificate beside it."""
        said = self.world.vchips.ask(self.uuid, {"op": "sign", "key": key, "message": b"m".hex()})
        self.leaf(certificate).public_key().verify(bytes.fromhex(said["signature"]), b"m", ec.ECDSA(hashes.SHA256()))
        return True


def spki(leaf):
    return leaf.public_key().public_numbers()


def test_a_new_key_before_the_end(world):
    r = Renewed(world, "new key", beforeDays=10, key="NEW")
    assert r.once() == 2 and r.works()
    first = r.leaf()
    r.later(20)
    assert r.once() == 0  # too early
    r.later(15)  # 5 days left
    assert r.once() == 2 and r.works()
    second = r.leaf()
    assert second.serial_number != first.serial_number and spki(second) != spki(first)
    assert second.not_valid_after - first.not_valid_after > datetime.timedelta(days=30)
    for _ in range(3):
        assert r.once() == 0
    assert r.leaf() == second and r.held() == {ID_KEY, ID_CERT}
    listed = r.service.get(f"/api/v1/devices/{decimal(r.uuid)}/certificates")["content"]
    assert {int(c["serialNumber"], 16) for c in listed} == {first.serial_number, second.serial_number}
    assert r.service.post(f"/api/v1/devices/{decimal(r.uuid)}/revoke-certificates", {}) == {"revoked": 2}


def test_the_same_key_by_share_of_life(world):
    r = Renewed(world, "same key", sharePercent=50, key="SAME")
    assert r.once() == 2
    first = r.leaf()
    r.later(DAYS // 2 + 1)
    assert r.once() == 1 and r.works()  # the certificate alone
    assert spki(r.leaf()) == spki(first) and r.leaf().serial_number != first.serial_number


def test_old_and_new_side_by_side_until_the_new_one_is_seen(world):
    r = Renewed(world, "pairs", beforeDays=10, key="NEW", alternateObjectId=hex(ID_CERT_B),
                alternateKeyObjectId=hex(ID_KEY_B))
    service = r.service.post(f"{r.path}/services", {
        "name": "broker", "type": "CUSTOM", "protocol": "MQTTS", "hostname": "broker.example", "port": 8883,
        "clientId": "{uuid}", "keyPairId": r.key, "certificateId": r.certificate})
    assert r.once() == 2 and r.held() == {ID_KEY, ID_CERT}

    def place():
        """Ids on the chip that the service names."""
        told = r.device.status()["services"][0]
        return told["keyId"], told["certificateId"]

    assert place() == (ID_KEY, ID_CERT)
    r.later(35)
    assert r.once() == 2 and r.held() == {ID_KEY, ID_CERT, ID_KEY_B, ID_CERT_B}  # beside the old ones
    assert place() == (ID_KEY, ID_CERT) and r.works() and r.works(ID_KEY_B, ID_CERT_B)
    r.once()  # it came again: the new ones are seen working, services move to them
    assert place() == (ID_KEY_B, ID_CERT_B) and r.held() == {ID_KEY, ID_CERT, ID_KEY_B, ID_CERT_B}
    r.later(1)
    r.once()
    assert r.held() == {ID_KEY_B, ID_CERT_B} and r.works(ID_KEY_B, ID_CERT_B)
    r.later(35)  # and back, the next time
    r.once()
    r.once()
    r.later(1)
    r.once()
    assert r.held() == {ID_KEY, ID_CERT} and r.works() and place() == (ID_KEY, ID_CERT)
    assert service["service"]["type"] == "CUSTOM"


def test_a_device_offline_past_the_end_comes_back_by_itself(world):
    r = Renewed(world, "offline", beforeDays=10, key="NEW")
    assert r.once() == 2
    first = r.leaf()
    r.later(DAYS + 20)  # long after its end
    assert r.once() == 2 and r.works()
    assert r.leaf().serial_number != first.serial_number


def test_policies_that_cannot_be(world):
    from tests.helpers.service import ApiError
    for renewal in ({"key": "OTHER"}, {"beforeDays": 0}, {"sharePercent": 100}, {"alternateObjectId": "0x3004"},
                    {"key": "SAME", "alternateKeyObjectId": "5"}):
        with pytest.raises(ApiError) as e:
            world.service.post("/api/v1/rtp/secure-objects", {
                "name": "never", "secureObjectType": "CERTIFICATE", "objectId": "1", "keyPairId": 1,
                "intermediateCaId": world.ca, "renewal": renewal,
                "certificateValidity": {"validityType": "DAYS", "validityDays": 1}})
        assert e.value.code == "ERR_FIELD", (renewal, e.value)
