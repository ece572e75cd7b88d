# SPDX-License-Identifier: Apache-2.0
"""engrave-agent against the device endpoint: whole sessions, both enclaves, and every way to be interrupted."""
import fcntl
import os
import signal
import socket
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.helpers.agent_device import VirtualChips, psa_device
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.record_cut import RecordCut

IDS = {ID_KEY, ID_CERT, ID_AES}
CHIPS = 64
NOT_CONNECTED, UNTRUSTED, TIMEOUT, CLOSED = 11, 12, 15, 16


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("cloud"), family="mcxn947", count=CHIPS) as made:
        made.usual_objects()
        made.assign(*made.chips)
        made.fresh = list(made.chips)
        yield made


@pytest.fixture(scope="module")
def chips(cloud, tmp_path_factory):
    with VirtualChips(cloud, tmp_path_factory.mktemp("chips"), 24) as made:
        cloud.assign(*made.uuids)
        made.fresh = list(made.uuids)
        yield made


@pytest.fixture
def device(cloud, tmp_path):
    """A chip that no test has used, in a software enclave, assigned and connected."""
    return psa_device(cloud, cloud.fresh.pop(), tmp_path).connect()


def rtp_is_complete(cloud, uuid):
    state = cloud.device(uuid)["state"]
    return state == "PROVISIONING_COMPLETED"


def contact(cloud, uuid, session):
    """What is stored of that session; a check-in is stored after the device was told goodbye."""
    end = time.monotonic() + 10
    while (shown := cloud.device(uuid)["cloud"])["correlationId"] != session and time.monotonic() < end:
        time.sleep(0.02)
    return shown


# ---- whole sessions ------------------------------------------------------------------------------


def test_a_session_brings_everything_and_the_next_nothing(cloud, device):
    first = device.once()
    assert first["exit"] == 0 and first["ok"] and first["status"]["objects"] == "SUCCESS", first
    assert first["objectsImported"] == len(IDS) and len(first["correlationId"]) == 36
    assert first["line"].startswith("TLSv1.3")
    assert set(device.objects()) == IDS and rtp_is_complete(cloud, device.uuid)
    assert (device.state / "last.json").stat().st_mode & 0o777 == 0o600
    second = device.once()
    assert second["ok"] and second["objectsImported"] == 0 and second["roundTrips"] == 1
    shown = contact(cloud, device.uuid, second["correlationId"])
    assert (shown["updateStatus"], shown["correlationId"]) == ("SUCCESS", second["correlationId"]), shown
    assert set(device.objects()) == IDS


def test_keys_of_both_flows_of_enclaves_work(cloud, chips):
    """On a virtual chip: the key signs, its certificate is over it, nothing else left the enclave."""
    uuid = chips.fresh.pop()
    device = chips.device(uuid).connect()
    assert device.once()["ok"] and set(device.objects()) == IDS
    spki = bytes.fromhex(chips.ask(uuid, {"op": "public", "key": ID_KEY})["spki"])
    certificate = x509.load_der_x509_certificate(bytes.fromhex(chips.ask(uuid, {"op": "read", "key": ID_CERT})["data"]))
    public = load_der_public_key(spki)
    assert certificate.public_key().public_numbers() == public.public_numbers()
    signature = chips.ask(uuid, {"op": "sign", "key": ID_KEY, "message": b"hello".hex()})["signature"]
    public.verify(bytes.fromhex(signature), b"hello", ec.ECDSA(hashes.SHA256()))
    assert chips.ask(uuid, {"op": "read", "key": ID_KEY})["status"] == -133


@pytest.mark.parametrize("more", [["--max-fragment", "512"], ["--max-fragment", "4096"], ["--no-alpn"],
                                  ["--dial", "127.0.0.1"]])
def test_options_of_the_line(device, more):
    assert device.once(*more)["ok"]


# ---- whom to trust -------------------------------------------------------------------------------


def test_another_root_is_not_trusted(cloud, device):
    device.connect(roots=cloud.service.ca_file)
    said = device.once()
    # The data before, which work, are still there: the library falls back to them.
    assert said["ok"] and said["fellBack"]


def test_only_foreign_roots(cloud, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path).connect(roots=cloud.service.ca_file)
    said = device.once()
    assert said["exit"] == UNTRUSTED and said["objectsImported"] == 0 and said["why"]
    assert not device.objects()


def test_another_name_is_not_trusted(cloud, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path).connect(host="elsewhere.example")
    said = device.once("--dial", "127.0.0.1")
    assert said["exit"] in (UNTRUSTED, NOT_CONNECTED, CLOSED) and not device.objects()


def test_nobody_there(cloud, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path).connect(port=1)
    assert device.once()["exit"] == NOT_CONNECTED


def test_a_silent_service_is_left(cloud, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = psa_device(cloud, cloud.fresh.pop(), tmp_path).connect(port=silent.getsockname()[1])
        began = time.monotonic()
        assert device.once("--connect-timeout", "1")["exit"] == TIMEOUT
        assert 0.9 < time.monotonic() - began < 5


def test_without_connection_data(cloud, tmp_path):
    assert psa_device(cloud, cloud.fresh.pop(), tmp_path).once()["exit"] == 19


def test_one_process_at_a_time(device):
    device.status()
    with open(device.state / "lock", "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, said = device.run("once")
        assert code == 3 and "another engrave-agent" in said["why"]
        device.status()  # looking is fine


# ---- interruptions -------------------------------------------------------------------------------


def test_cut_at_every_record(cloud, tmp_path):
    """A first session cut after each TLS record of either side; the next one completes it."""
    host, port = "127.0.0.1", cloud.endpoint["port"]
    whole, records, tried = False, 0, 0
    while not whole:
        device = psa_device(cloud, cloud.fresh.pop(), tmp_path / str(records))
        with RecordCut(host, port, records) as relay:
            said = device.connect(port=relay.port).once()
            whole = said["ok"]
            if not whole:
                assert said["exit"] in (NOT_CONNECTED, CLOSED, UNTRUSTED), said
                relay.cut_after = None
                again = device.once()
                assert again["ok"], again
        assert set(device.objects()) == IDS and rtp_is_complete(cloud, device.uuid)
        records += 1
        tried += 1
    assert tried > 8


def test_killed_at_every_event(cloud, tmp_path):
    """SIGKILL when the agent says its k-th word; the next session completes."""
    events, whole = 0, False
    while not whole:
        events += 3
        device = psa_device(cloud, cloud.fresh.pop(), tmp_path / str(events)).connect()
        with subprocess.Popen(device.argv("once", "--verbose"), stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL) as process:
            seen = 0
            while seen < events and process.stderr.readline():
                seen += 1
            whole = seen < events
            os.kill(process.pid, signal.SIGKILL)
        again = device.once()
        assert again["ok"], again
        assert set(device.objects()) == IDS and rtp_is_complete(cloud, device.uuid)
    assert events > 20


def test_power_cut_at_every_device_write(cloud, chips):
    """The chip loses power before its k-th write of a first session; with power back the next one completes."""
    writes, whole = 0, False
    while not whole:
        uuid = chips.fresh.pop()
        device = chips.device(uuid).connect()
        assert chips.ask(uuid, {"op": "cut", "after": writes}, "ctl")["status"] == 0
        said = device.once()
        whole = said["ok"] and set(o["id"] for o in chips.ask(uuid, {"op": "list"}).get("objects", [])) == IDS
        if not whole:
            chips.ask(uuid, {"op": "power", "on": False}, "ctl")
            assert chips.ask(uuid, {"op": "power", "on": True}, "ctl")["status"] == 0
            again = device.once()
            assert again["ok"], again
        assert set(device.objects()) == IDS and rtp_is_complete(cloud, uuid)
        writes += 1
    assert writes > 5


# ---- for life ------------------------------------------------------------------------------------


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def sessions_in(process):
    return [line for line in process.log_text().splitlines() if line.startswith("{")]


def test_the_daemon_comes_back(device):
    with device.daemon("--regular", "1") as daemon:
        wait_for(lambda: len(sessions_in(daemon)) >= 3)
        assert daemon.stop() == 0
    assert device.status()["last"]["ok"]


def test_the_daemon_obeys_signals(device):
    with device.daemon() as daemon:
        wait_for(lambda: len(sessions_in(daemon)) == 1)
        os.kill(daemon.pid, signal.SIGUSR1)
        wait_for(lambda: len(sessions_in(daemon)) == 2)
        began = time.monotonic()
        assert daemon.stop() == 0 and time.monotonic() - began < 5


def test_the_daemon_backs_off(cloud, tmp_path):
    device = psa_device(cloud, cloud.fresh.pop(), tmp_path).connect(port=1)
    with device.daemon("--first", "1") as daemon:
        wait_for(lambda: len(sessions_in(daemon)) >= 3, 30)
        daemon.stop()
    last = device.status()["last"]
    assert last["failures"] >= 3 and last["nextMs"] > 0


def test_if_due(device):
    assert device.once()["ok"]
    before = (device.state / "last.json").read_bytes()
    code, _ = device.run("once", "--if-due")
    assert code == 0 and (device.state / "last.json").read_bytes() == before
