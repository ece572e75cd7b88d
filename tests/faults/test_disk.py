# SPDX-License-Identifier: Apache-2.0
"""The disk is full, read-only or broken, then well again: a clear answer, nothing lost, no person needed."""
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers.customer import Customer
from tests.helpers.postgres import Postgres
from tests.helpers.preload import Disk
from tests.helpers.service import Service

CODES = {"full": {"ERR_STORE_FULL"}, "read-only": {"ERR_STORE_UNAVAILABLE"}, "broken": {"ERR_STORE_UNAVAILABLE"}}


def refused(customer, device):
    """The answer to an assignment while nothing can be written."""
    answer = customer.service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
    assert answer.status_code == 503, answer.text
    body = answer.json()
    assert body["message"] and body["next"] and body["correlationId"]
    return body["code"]


def comes_back(customer, device, seconds=15):
    """The same request until it is taken; only "not now" may come before."""
    end = time.monotonic() + seconds
    while True:
        answer = customer.service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
        if answer.status_code < 300:
            return
        assert answer.status_code == 503 and time.monotonic() < end, answer.text
        time.sleep(0.05)


def start(customer, number):
    """Devices that were answered before the fault, and what they were given."""
    devices = customer.chips(number)
    customer.claim(devices)
    for device in devices:
        assert customer.states(device) == {"GENERATION_COMPLETED"}
    return devices, customer.download(devices)


@pytest.mark.parametrize("how", sorted(CODES))
def test_fault_and_recovery(how, place, say):
    disk = Disk(place / "switch", "engraved", place / "engraved")
    with Service(place / "engraved", env=disk.env) as service:
        customer = Customer(service, place)
        customer.add_identity()
        before, objects = start(customer, 3)
        fresh = customer.chips(20)
        job = service.post(customer.path("/register-devices"), {"deviceIds": fresh[1:]})
        disk.fail(how)
        assert {refused(customer, fresh[0]) for _ in range(10)} <= CODES[how]
        assert customer.download(before) == objects  # reading goes on
        assert service.get("/api/v1/products")["content"]
        disk.heal()
        comes_back(customer, fresh[0])
        assert customer.states(fresh[0]) == {"GENERATION_COMPLETED"}
        shown = service.get(f"/api/v2/rtp/jobs/{job}", wait=20)
        assert (shown["state"], shown["failed"]) == ("COMPLETED_SUCCESSFULLY", 0)
        for _ in range(2):
            assert customer.download(before) == objects
            assert service.get(customer.path())["quotaUsed"] == len(before) + len(fresh)
            service.kill()
            service.start()
    say(f"disk {how}: refused with {sorted(CODES[how])}, recovered, nothing lost")


def test_start_on_a_full_or_read_only_disk(place):
    """Not up, a sentence that says why, and up again as soon as the disk is well."""
    disk = Disk(place / "switch", "engraved", place / "engraved")
    with Service(place / "engraved", env=disk.env) as service:
        customer = Customer(service, place)
        customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
        before, objects = start(customer, 2)
        for how in ("full", "read-only"):
            service.kill()
            disk.fail(how)
            try:
                service.start()
            except RuntimeError as error:
                assert "ERR_" in str(error), error
            else:
                assert refused(customer, before[0]) in CODES[how]
            disk.heal()
            service.restart()
            assert customer.download(before) == objects


def assign_until_refused(customer, devices):
    """One by one until there is no room; those that were taken, and the codes of the refusals."""
    taken, codes = [], []
    for device in devices:
        answer = customer.service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
        if answer.status_code < 300:
            taken.append(device)
            continue
        assert answer.status_code == 503, answer.text
        body = answer.json()
        assert body["message"] and body["next"] and body["correlationId"]
        codes.append(body["code"])
        if len(codes) == 10:
            break
    return taken, codes


def comes_all(customer, devices, seconds=30):
    """Every device's objects are made in the end."""
    end = time.monotonic() + seconds
    while {state for d in devices for state in customer.states(d)} != {"GENERATION_COMPLETED"}:
        assert time.monotonic() < end, [customer.states(d) for d in devices]
        time.sleep(0.1)


def test_disk_under_postgresql_is_full(place, say):
    """No file of the database can grow; what it holds can be changed, as on a real full disk."""
    with Postgres(durable=True, faulty=True) as cluster, \
            Service(place / "engraved", database=cluster.create_database("full")) as service:
        customer = Customer(service, place)
        customer.add_identity()
        before, objects = start(customer, 3)
        fresh = customer.chips(400)
        cluster.disk.fail("no room")
        taken, codes = assign_until_refused(customer, fresh)
        assert set(codes) <= {"ERR_STORE_FULL", "ERR_STORE_UNAVAILABLE"} and "ERR_STORE_FULL" in codes
        assert customer.download(before) == objects  # reading goes on
        assert service.get("/api/v1/products")["content"]
        cluster.disk.heal()
        assert cluster.alive()
        comes_back(customer, fresh[-1])
        comes_all(customer, taken + fresh[-1:])
        for _ in range(2):
            assert customer.download(before) == objects
            assert service.get(customer.path())["quotaUsed"] == len(before) + len(taken) + 1
            made = customer.download(taken)
            assert len(made) == len(taken) and all(len(e["rtpProvisionings"]) == 2 for e in made)
            cluster.stop("immediate")
            cluster.start()
            service.restart()
    say(f"disk of postgresql full: {len(taken)} taken, then {sorted(set(codes))}, recovered, nothing lost")


class SmallDisk:
    """A tmpfs of its own; needs the right to mount."""

    def __init__(self, place, kib):
        self.place = place
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k,mode=0700", "tmpfs", str(place)],
                              capture_output=True, text=True, check=False)
        self.mounted = done.returncode == 0
        self.why = done.stderr.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.place)], check=True)


def test_a_disk_that_is_really_full(place, say):
    with SmallDisk(place / "small", kib=16384) as small:
        if not small.mounted:
            pytest.skip(f"no right to mount a small disk here: {small.why}")
        with Service(small.place) as service:
            customer = Customer(service, place)
            customer.add_identity()
            before, objects = start(customer, 3)
            fresh = customer.chips(1)
            ballast = small.place / "ballast"
            fill(ballast)
            codes = {refused_or_taken(customer, device) for device in fresh * 20}
            assert codes <= {"ERR_STORE_FULL", "ERR_STORE_UNAVAILABLE", "taken"}
            assert customer.download(before) == objects
            ballast.unlink()
            comes_back(customer, fresh[0])
            service.kill()
            service.start()
            assert customer.download(before) == objects
            assert customer.states(fresh[0]) == {"GENERATION_COMPLETED"}
    say(f"tmpfs full: {sorted(codes)}, recovered")


def fill(path: Path):
    """Take every byte that is left."""
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    assert os.path.getsize(path) > 0


def refused_or_taken(customer, device):
    answer = customer.service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
    return "taken" if answer.status_code < 300 else answer.json()["code"]
