# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps a year either way under the service; tests/soak has it between two nodes."""
import pytest

from tests.helpers.customer import Customer
from tests.helpers.lease_case import check_once, finish
from tests.helpers.preload import YEAR_S, Clock
from tests.helpers.service import Service

BACK_AND_FORTH = [YEAR_S, 0, -YEAR_S, 0]


def test_jumps_under_a_running_service(database, place, say):
    """While the clock is behind, a CA is not valid yet and signs nothing; all else goes on."""
    clock, told = Clock(place / "clock"), set()
    with Service(place / "engraved", database=database, env=clock.env) as service:
        customer = Customer(service, place)
        customer.add_identity()
        everyone, before = [], 0
        for jump in BACK_AND_FORTH:
            ids = customer.chips(6)
            everyone += ids
            job = service.post(customer.path("/register-devices"), {"deviceIds": ids})
            clock.jump(jump)
            shown = service.get(f"/api/v2/rtp/jobs/{job}", wait=20)
            assert shown["provisionedPercentage"] == 100
            assert shown["failed"] == 0 or min(before, jump) < 0, shown
            told.add(shown["state"])
            before = jump
        finish(service, service.post(customer.path("/register-devices"), {"deviceIds": everyone}))
        entries = customer.download(everyone)
        assert {len(e["rtpProvisionings"]) for e in entries} == {2} and len(entries) == len(everyone)
        assert service.get(customer.path())["quotaUsed"] == len(everyone)
    say(f"clock jumped {len(BACK_AND_FORTH)} times: {sorted(told)}, in the end all made")


@pytest.mark.parametrize("jump", [YEAR_S, -YEAR_S])
def test_start_while_the_clock_is_wrong(jump, place):
    """Clients whose clock is right can talk to the service as soon as its clock is right, too."""
    clock = Clock(place / "clock")
    with Service(place / "engraved", env=clock.env) as service:
        customer = Customer(service, place)
        customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
        ids = customer.chips(2)
        customer.claim(ids)
        service.kill()
        clock.jump(jump)
        service.start()
        service.kill()
        clock.jump(0)
        service.start()
        assert customer.states(ids[0]) == {"GENERATION_COMPLETED"}
        check_once(customer, ids)
