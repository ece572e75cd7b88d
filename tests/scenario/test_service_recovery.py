# SPDX-License-Identifier: Apache-2.0
"""Crashes in the middle of a job: the service itself, a vault worker; nothing is made twice."""
import os
import signal
import subprocess
import threading
import time

import pytest

from tests.helpers.customer import Customer


@pytest.fixture
def customer(any_service, tmp_path):
    """A group whose keys are slow to make (RSA), so that a job takes seconds."""
    made = Customer(any_service, tmp_path)
    made.add("KEYPAIR", 0x1001, algorithm="RSA_2048")
    return made


def start_job(customer, ids):
    return customer.service.post(customer.path("/register-devices"), {"deviceIds": ids})


def wait_for(customer, job, seconds=150):
    end = time.monotonic() + seconds
    while True:
        shown = customer.service.get(f"/api/v2/rtp/jobs/{job}", wait=30)
        if shown["provisionedPercentage"] == 100 or time.monotonic() > end:
            return shown


def vault_pids(customer):
    """Process ids of the vault workers: children of the service."""
    parent = str(customer.service.process.pid)
    listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", parent], capture_output=True,
                            text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "engrave-vault" in line]


def check_complete(customer, ids):
    entries = customer.download(ids)
    blobs = [p["apdus"]["createApdu"]["apdu"] for e in entries for p in e["rtpProvisionings"]]
    assert len(blobs) == len(set(blobs)) == len(ids)
    return blobs


def test_killed_service_finishes_the_job_after_restart(customer):
    ids = customer.chips(12)
    job = start_job(customer, ids)
    customer.service.kill()
    customer.service.start()
    shown = wait_for(customer, job)
    assert (shown["state"], shown["total"], shown["failed"]) == ("COMPLETED_SUCCESSFULLY", 12, 0)
    first = check_complete(customer, ids)
    customer.service.kill()
    customer.service.start()
    assert check_complete(customer, ids) == first
    assert customer.service.get(customer.path())["quotaUsed"] == 12


def test_stopped_service_finishes_the_job_after_restart(customer):
    ids = customer.chips(6)
    job = start_job(customer, ids)
    customer.service.restart()
    assert wait_for(customer, job)["state"] == "COMPLETED_SUCCESSFULLY"
    check_complete(customer, ids)


def test_killed_vault_worker_is_replaced(customer):
    ids = customer.chips(8)
    job = start_job(customer, ids)
    time.sleep(0.2)  # let a worker be in the middle of a key
    victims = vault_pids(customer)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    shown = wait_for(customer, job)
    assert (shown["state"], shown["failed"]) == ("COMPLETED_SUCCESSFULLY", 0)
    check_complete(customer, ids)
    now = vault_pids(customer)
    assert victims and len(now) == len(victims) and not set(now) & set(victims)


def test_waiting_client_is_answered_at_shutdown(customer):
    (device,) = customer.chips(1)
    job = start_job(customer, customer.chips(20))
    answers = []
    client = threading.Thread(target=lambda: answers.append(
        customer.service.call("GET", f"/api/v2/rtp/jobs/{job}?wait=30").status_code))
    client.start()
    time.sleep(0.3)  # let the request be parked
    assert customer.service.process.stop(60) == 0
    client.join(10)
    assert answers == [200] and device
    customer.service.start()
