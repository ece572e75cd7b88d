# SPDX-License-Identifier: Apache-2.0
"""The agent really enforces the CRL, and takes nothing from a service before it."""
import secrets

import pytest

from tests.helpers.agent_device import AgentDevice
from tests.helpers.cloud import psa_simul_text
from tests.helpers.device_service import Authority, DeviceService, days, destroy_key, goodbye, now, send_crl

REFUSED, REVOKED, BAD_CRL, TIMEOUT, CLOSED, PROTOCOL, NO_REPORT = 10, 13, 14, 15, 16, 17, 24


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with DeviceService(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def device(service, tmp_path):
    enclave = tmp_path / "enclave"
    enclave.mkdir()
    uuid = secrets.token_hex(16)
    (enclave / "keys.txt").write_text(psa_simul_text("mcxn947", uuid, secrets.token_hex(32)), encoding="ascii")
    return AgentDevice(uuid, f"psa:{enclave}", tmp_path, service.endpoint).connect()


def once(service, device, *messages):
    service.play(*messages)
    said = device.once("--idle-timeout", "5")
    return said["exit"], said


def test_a_good_crl_opens_the_session(service, device):
    code, said = once(service, device, send_crl(service.issuing.crl()), destroy_key(0x1001), goodbye())
    assert code == 0 and said["ok"]
    assert service.answers[0] == bytes.fromhex("040a021a00")
    assert len(service.answers) == 2  # goodbye has none


def test_others_in_the_list_do_no_harm(service, device):
    crl = service.issuing.crl(revoked=[1, 2, service.certificate.serial_number + 1])
    assert once(service, device, send_crl(crl), goodbye())[0] == 0


def test_a_revoked_service_is_left(service, device):
    crl = service.issuing.crl(revoked=[7, service.certificate.serial_number])
    code, said = once(service, device, send_crl(crl), destroy_key(0x1001), goodbye())
    assert code == REVOKED and "revoked" in said["text"] + said["why"]
    assert len(service.answers) <= 1  # nothing but the word about the CRL


def stranger(service):
    return Authority("test issuing CA").crl()


BAD = {
    "expired": lambda s: s.issuing.crl(begin=now() - days(3), end=now() - days(1)),
    "early": lambda s: s.issuing.crl(begin=now() + days(1), end=now() + days(3)),
    "of the root": lambda s: s.root.crl(),
    "of a stranger with the same name": stranger,
    "damaged": lambda s: s.issuing.crl()[:-1] + bytes([s.issuing.crl()[-1] ^ 1]),
    "cut short": lambda s: s.issuing.crl()[:-5],
    "longer": lambda s: s.issuing.crl() + b"\0",
    "empty": lambda s: b"",
    "nonsense": lambda s: b"not a CRL",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_crl_ends_the_session(service, device, kind):
    code, said = once(service, device, send_crl(BAD[kind](service)), destroy_key(0x1001), goodbye())
    assert code == BAD_CRL and not said["ok"], said
    assert len(service.answers) <= 1


@pytest.mark.parametrize("kind", BAD)
def test_goodbye_in_the_message_of_a_bad_crl_is_not_heard(service, device, kind):
    assert once(service, device, send_crl(service.issuing.crl()) + goodbye())[0] == 0
    code, said = once(service, device, send_crl(BAD[kind](service)) + goodbye())
    assert code == BAD_CRL and not said["ok"], said
    assert len(service.answers) <= 1


def test_nothing_before_the_crl(service, device):
    code, _ = once(service, device, destroy_key(0x1001), goodbye())
    assert code == PROTOCOL and not service.answers


def test_goodbye_decides(service, device):
    assert once(service, device, goodbye(0x35))[0] == REFUSED
    assert once(service, device, goodbye(1))[0] == 0


def test_a_service_that_falls_silent(service, device):
    service.play(send_crl(service.issuing.crl()))
    said = device.once("--idle-timeout", "1")
    assert said["exit"] == TIMEOUT
