# SPDX-License-Identifier: Apache-2.0
"""
Rules hold while clients change the same group at once: whatever order requests come in, the group
ends in a state that one of them alone would have been refused to leave. Two services share the
PostgreSQL database, so that no order is made inside one process.
"""
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.customer import Customer
from tests.helpers.lease_case import join
from tests.helpers.service import Service

OBJECTS = "/api/v1/rtp/secure-objects"
ROUNDS = 4
OBJECTS_MAX = 16  # families/mcxn947: objects beside the internal ones


@pytest.fixture(params=["sqlite", "postgresql"])
def nodes(request, tmp_path):
    """One service on SQLite, two on one PostgreSQL database."""
    if request.param == "sqlite":
        with Service(tmp_path / "one") as one:
            yield [one]
        return
    url = request.getfixturevalue("postgres").create_database(f"races{abs(hash(request.node.name)) % 10**9}")
    with Service(tmp_path / "one", database=url) as one:
        with join(tmp_path, one, url) as two:
            two.session.headers["EL2G-API-Key"] = one.key
            yield [one, two]


def at_once(nodes, calls):
    """Run (method, path, json) all at the same moment on changing nodes; their codes, None: done."""
    gate = threading.Barrier(len(calls))

    def one(number, call):
        method, path, body = call
        service = nodes[number % len(nodes)]
        gate.wait()
        answer = service.call(method, path, json=body)
        return None if answer.status_code < 400 else answer.json()["code"]

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, range(len(calls)), calls))


def in_group(service, group):
    return {o["id"]: o for o in service.get(f"/api/v1/rtp/device-groups/{group}/secure-objects",
                                            size=100)["content"]}


def assign(made, group):
    return "POST", f"{OBJECTS}/{made}/assign-device-group", {"deviceGroupId": group}


@pytest.fixture
def customer(nodes, tmp_path):
    return Customer(nodes[0], tmp_path)


def test_a_set_never_outgrows_the_chip(nodes, customer):
    """One place is left, and eight clients have an object for it."""
    keys = [customer.define("KEYPAIR", 0x1000 + n, algorithm="NIST_P256")
            for n in range(OBJECTS_MAX + 7)]
    for number in range(ROUNDS):
        group = customer.add_group(f"full {number}")
        for made in keys[:OBJECTS_MAX - 1]:
            customer.assign(made, group)
        codes = at_once(nodes, [assign(made, group) for made in keys[OBJECTS_MAX - 1:]])
        assert len(in_group(nodes[0], group)) == OBJECTS_MAX, codes
        assert sorted(codes, key=str) == 7 * ["ERR_OBJECT_COUNT"] + [None]


def test_no_certificate_without_its_key_pair(nodes, customer):
    """The certificate enters while its key pair leaves: one of the two is refused."""
    pair = customer.define("KEYPAIR", 0x1001, algorithm="NIST_P256")
    ca = nodes[0].post("/api/v1/rtp/intermediate-cas", {"name": "race"})["id"]
    cert = customer.define("CERTIFICATE", 0x1002, keyPairId=pair, intermediateCaId=ca)
    for number in range(ROUNDS):
        group = customer.add_group(f"pair {number}")
        customer.assign(pair, group)
        leave = "POST", f"/api/v1/rtp/device-groups/{group}/unassign-secure-objects", [pair]
        codes = at_once(nodes, [assign(cert, group), leave])
        held = in_group(nodes[0], group)
        assert cert not in held or pair in held, codes
        assert codes in (["ERR_KEY_PAIR", None], [None, "ERR_IN_USE"])


def test_nothing_for_test_only_in_production(nodes, customer):
    """A certificate of a test CA enters while the group becomes one for production."""
    pair = customer.define("KEYPAIR", 0x1001, algorithm="NIST_P256")
    root = nodes[0].post("/api/v1/rtp/root-cas", {"name": "test", "test": True})["id"]
    ca = nodes[0].post("/api/v1/rtp/intermediate-cas", {"name": "below", "issuerCaId": root})["id"]
    cert = customer.define("CERTIFICATE", 0x1002, keyPairId=pair, intermediateCaId=ca)
    for number in range(ROUNDS):
        group = customer.add_group(f"production {number}")
        customer.assign(pair, group)
        codes = at_once(nodes, [assign(cert, group),
                                ("PUT", customer.path(group=group), {"production": True})])
        shown = nodes[0].get(customer.path(group=group))["production"]
        assert not (shown and cert in in_group(nodes[0], group)), codes
        assert codes.count("ERR_TEST_ONLY") == 1


def test_what_is_burned_does_not_leave_while_it_is_made(nodes, customer):
    """The boot key hash of a closed group leaves while the first chip comes in."""
    chips = customer.chips(ROUNDS)
    value = customer.add_boot_key_hash()
    for number, chip in enumerate(chips):
        group = customer.add_group(f"closed {number}", lifeCycle="CLOSED")
        customer.assign(value, group)
        leave = "POST", f"{OBJECTS}/{value}/unassign-device-groups", [{"deviceGroupId": group}]
        claim = "POST", customer.path("/devices", group), {"deviceIds": [chip]}
        codes = at_once(nodes, [leave, claim])
        assert codes[1] is None
        assert customer.states(chip) <= {"GENERATION_COMPLETED"}
        history = nodes[0].get(f"/api/v1/devices/{chip}")["history"]
        made = "GENERATION_COMPLETED" in {event["event"] for event in history}
        assert codes[0] == ("ERR_BURNED" if made else None)
