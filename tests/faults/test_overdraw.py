# SPDX-License-Identifier: Apache-2.0
"""64 clients at once on the last 10 units of a quota: exactly 10 get one."""
import collections
import threading

import pytest

from tests.helpers.customer import Customer
from tests.helpers.lease_case import join
from tests.helpers.service import Service

CLIENTS, LEFT, BEFORE = 64, 10, 5


def rush(services, customer, ids):
    """Each id by a client of its own, all at the same moment; outcome by id."""
    gate, outcome = threading.Barrier(len(ids)), {}

    def client(number, device):
        service = services[number % len(services)]
        gate.wait()
        while True:
            answer = service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
            if answer.status_code not in (429, 503):
                break
        outcome[device] = "taken" if answer.status_code < 300 else answer.json()["code"]

    threads = [threading.Thread(target=client, args=pair) for pair in enumerate(ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def prepare(service, place):
    customer = Customer(service, place, quota=BEFORE + LEFT)
    customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
    first = customer.chips(BEFORE)
    customer.claim(first)
    return customer, first


def check(customer, first, outcome):
    assert collections.Counter(outcome.values()) == {"taken": LEFT, "ERR_QUOTA": CLIENTS - LEFT}
    taken = first + [device for device, how in outcome.items() if how == "taken"]
    group = customer.service.get(customer.path())
    assert (group["quota"], group["quotaUsed"]) == (BEFORE + LEFT, BEFORE + LEFT)
    members = customer.service.get(customer.path("/devices"), size=500)["content"]
    assert {m["device"]["id"] for m in members} == set(taken)
    for device in taken:
        assert customer.states(device) == {"GENERATION_COMPLETED"}
    assert len(customer.download(taken)) == len(taken)


def test_last_units_of_a_quota(database, place):
    with Service(place / "engraved", database=database) as service:
        customer, first = prepare(service, place)
        check(customer, first, rush([service], customer, customer.chips(CLIENTS)))


def test_two_nodes_on_one_database(postgres, place):
    database = postgres.create_database("two_nodes")
    with Service(place / "first", database=database) as one, join(place, one, database) as two:
        customer, first = prepare(one, place)
        outcome = rush([one, two], customer, customer.chips(CLIENTS))
        check(customer, first, outcome)
        for device in first:  # what one node made, the other hands out
            path = f"/api/v1/rtp/device-groups/{customer.group}/devices/download-provisionings"
            assert two.post(path, {"deviceIds": [device]}) == customer.download([device])


def test_a_node_with_another_vault_is_refused(postgres, place):
    database = postgres.create_database("other_vault")
    with Service(place / "first", database=database):
        with pytest.raises(RuntimeError, match="ERR_OTHER_VAULT"):
            Service(place / "stranger", database=database)


def test_key_of_one_node_opens_the_other(postgres, place):
    database = postgres.create_database("one_key")
    with Service(place / "first", database=database) as one, join(place, one, database) as two:
        assert one.key != two.key
        for service, key, expected in ((two, one.key, 200), (one, two.key, 200), (two, "x", 401)):
            answer = service.call("GET", "/api/v1/company", headers={"EL2G-API-Key": key})
            assert answer.status_code == expected
