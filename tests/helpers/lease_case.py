# SPDX-License-Identifier: Apache-2.0
"""A job whose node dies while its clock is wrong, and the other node that finishes it."""
import shutil
import time

from tests.helpers.customer import Customer
from tests.helpers.preload import Clock
from tests.helpers.service import Service

SHARED = ("vault.key", "vault.passphrase", "apikey.pepper")
PATIENCE_S = 150


def join(place, service, database, env=None):
    """A second node as docs/guide/configuration.md says: the first one's secrets, the same database."""
    folder = place / "second"
    folder.mkdir(mode=0o700)
    for name in SHARED:
        shutil.copy2(service.data / name, folder / name)
    return Service(folder, database=database, env=env)


def finish(service, job):
    """Wait until a job is done, well."""
    end = time.monotonic() + PATIENCE_S
    while True:
        shown = service.get(f"/api/v2/rtp/jobs/{job}", wait=1)
        if shown["provisionedPercentage"] == 100:
            assert (shown["state"], shown["failed"]) == ("COMPLETED_SUCCESSFULLY", 0)
            return
        assert time.monotonic() < end, shown


def slow_group(service, place):
    """A group whose keys take long enough that a job can be met half done."""
    customer = Customer(service, place)
    customer.add("KEYPAIR", 0x1001, algorithm="RSA_2048")
    return customer


def check_once(customer, ids):
    """One object and one unit of quota per device."""
    entries = customer.download(ids)
    blobs = {p["apdus"]["createApdu"]["apdu"] for e in entries for p in e["rtpProvisionings"]}
    assert len(blobs) == len(ids)
    assert customer.service.get(customer.path())["quotaUsed"] == len(ids)


def die_and_take_over(database, place, jump):
    """Seconds until the other node had finished the job."""
    clock = Clock(place / "clock")
    with Service(place / "first", database=database, env=clock.env) as one:
        customer = slow_group(one, place)
        ids = customer.chips(8)
        with join(place, one, database) as two:
            clock.jump(jump)
            job = one.post(customer.path("/register-devices"), {"deviceIds": ids})
            one.kill()
            begin = time.monotonic()
            finish(two, job)
            took = time.monotonic() - begin
            clock.jump(0)
            one.start()
            check_once(customer, ids)
    return took


def work_while_the_other_is_ahead(database, place):
    """A node whose clock is a year ahead claims a job under the hands of its owner."""
    clock = Clock(place / "clock")
    with Service(place / "first", database=database) as one:
        customer = slow_group(one, place)
        ids = customer.chips(30)
        job = one.post(customer.path("/register-devices"), {"deviceIds": ids})
        clock.jump(3600)
        with join(place, one, database, env=clock.env) as two:
            finish(one, job)
            taken = two.process.log_text().count("job taken over")
        check_once(customer, ids)
    return taken
