# SPDX-License-Identifier: Apache-2.0
"""Idempotency-Key: a repeated request makes nothing twice, on both databases."""
import threading

import pytest

from tests.helpers.chip_maker import self_signed
from tests.helpers.customer import NC12, Customer

KEY = "Idempotency-Key"
PRODUCTS = "/api/v1/products"


def post(service, path, body, key, **headers):
    return service.call("POST", path, json=body, headers={KEY: key, **headers})


def same(first, second):
    return (first.status_code, first.text, first.headers.get("Content-Type")) == (
        second.status_code, second.text, second.headers.get("Content-Type"))


def calls(customer, device, signer):
    """Every call that makes something: path, body."""
    return [
        ("/api/v1/api-keys", {"name": "line", "role": "OPERATOR"}),
        (PRODUCTS, {"nc12": NC12 + 1, "name": "x", "family": "rw612"}),
        (customer.path("")[: -len(f"/{customer.group}")], {"deviceGroupName": "second"}),
        (customer.path("/devices"), {"deviceIds": [device]}),
        (customer.path("/register-devices"), {"deviceIds": [device]}),
        ("/api/v1/rtp/secure-objects", {"name": "k", "secureObjectType": "KEYPAIR",
                                        "objectId": "4097", "algorithm": "NIST_P256"}),
        ("/api/v1/rtp/root-cas", {"name": "r"}),
        ("/api/v1/rtp/intermediate-cas", {"name": "i"}),
        ("/api/v1/roots-of-trust/signers", {"name": "s", "certificate": signer}),
        (customer.path("/matter"), {"vendorId": "FFF1", "productId": "8000"}),
    ]


def counts(service, customer):
    lists = ["/api/v1/api-keys", PRODUCTS, customer.path("")[: -len(f"/{customer.group}")],
             "/api/v1/rtp/secure-objects", "/api/v1/rtp/certificate-authorities",
             "/api/v1/roots-of-trust/signers"]
    return [len(service.get(path)["content"]) for path in lists]


def test_every_making_call_answers_the_same_again(any_service, tmp_path):
    service = any_service
    customer = Customer(service, tmp_path)
    (device,) = customer.chips(1)
    rows = calls(customer, device, self_signed(tmp_path, "another")[0].read_text())
    first = [post(service, path, body, f"key-{n}") for n, (path, body) in enumerate(rows)]
    assert [r.status_code for r in first] == [201, 201, 201, 202, 202, 201, 201, 201, 201, 201]
    before = counts(service, customer)
    for n, (path, body) in enumerate(rows):
        assert same(first[n], post(service, path, body, f"key-{n}")), path
    assert counts(service, customer) == before
    service.restart()
    for n, (path, body) in enumerate(rows):
        assert same(first[n], post(service, path, body, f"key-{n}")), path
    assert counts(service, customer) == before
    made = first[0].json()["key"]
    assert service.call("GET", PRODUCTS, headers={"EL2G-API-Key": made}).status_code == 200


def test_the_stored_answer_outlives_what_it_tells_of(service):
    body = {"nc12": NC12, "name": "x", "family": "rw612"}
    service.post(PRODUCTS, body)
    groups = f"{PRODUCTS}/{NC12}/device-groups"
    first = post(service, groups, {"deviceGroupName": "a"}, "k")
    service.delete(f"{groups}/{first.json()['id']}")
    assert same(first, post(service, groups, {"deviceGroupName": "a"}, "k"))
    assert service.get(groups)["content"] == []


def test_another_request_under_the_same_key_is_refused(service):
    body = {"nc12": NC12, "name": "x", "family": "rw612"}
    assert post(service, PRODUCTS, body, "k").status_code == 201
    for path, other in ((PRODUCTS, {**body, "name": "y"}), ("/api/v1/rtp/root-cas", body)):
        answer = post(service, path, other, "k")
        assert (answer.status_code, answer.json()["code"]) == (422, "ERR_IDEMPOTENCY_KEY")
    key = service.post("/api/v1/api-keys", {"name": "a", "role": "ADMIN"})["key"]
    answer = post(service, PRODUCTS, {**body, "nc12": 7}, "k", **{"EL2G-API-Key": key})
    assert answer.status_code == 201  # each API key has its own


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00e9".encode("latin-1")])
def test_keys_of_an_unusable_form(service, key):
    answer = post(service, PRODUCTS, {"nc12": 1, "name": "x", "family": "rw612"}, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "ERR_HEADER")


def test_a_refusal_is_not_kept(service):
    body = {"nc12": NC12, "name": "x", "family": "rw612"}
    groups = f"{PRODUCTS}/{NC12}/device-groups"
    assert post(service, groups, {"deviceGroupName": "a"}, "k").status_code == 404
    service.post(PRODUCTS, body)
    assert post(service, groups, {"deviceGroupName": "a"}, "k").status_code == 201


def test_many_at_once_make_one(any_service):
    service = any_service
    body = {"nc12": NC12, "name": "x", "family": "rw612"}
    answers = []

    def client():
        answers.append(post(service, PRODUCTS, body, "same"))

    threads = [threading.Thread(target=client) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(a.status_code, a.text) for a in answers} == {(201, answers[0].text)}
    assert len(service.get(PRODUCTS)["content"]) == 1


def test_a_write_that_rides_on_a_lost_race_makes_nothing(service):
    """Same key, other bodies at once: one is made, the other is told."""
    answers = []

    def client(n):
        answers.append(post(service, PRODUCTS, {"nc12": n, "name": "x", "family": "rw612"}, "k"))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in answers) == [201] + 7 * [422]
    assert len(service.get(PRODUCTS)["content"]) == 1


MATTER = {"vendorId": "FFF1", "productId": "8000"}


def test_matter_enters_the_group_once(any_service, tmp_path):
    """Equal orders at once: one set-up, and a device that is in the group is made anew once."""
    customer = Customer(any_service, tmp_path)
    customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
    (device,) = customer.chips(1)
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    answers = []

    def client(key):
        answers.append(post(any_service, customer.path("/matter"), MATTER, key))

    threads = [threading.Thread(target=client, args=(key,)) for key in 4 * ["same"] + ["other"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(a.status_code, a.text) for a in answers} == {(201, answers[0].text)}
    assert customer.states(device) == {"GENERATION_COMPLETED"} and len(customer.status(device)) == 5
    history = [e["event"] for e in any_service.get(f"/api/v1/devices/{device}")["history"]]
    assert history.count("GENERATION_COMPLETED") == 2  # the key pair alone, then everything


def test_matter_that_does_not_fit_leaves_nothing(service, tmp_path):
    customer = Customer(service, tmp_path)
    for number in range(14):
        customer.add("KEYPAIR", 0x100 + number, algorithm="NIST_P256")
    before = service.get("/api/v1/rtp/secure-objects", size=100)["content"]
    for key in ("k", None):
        refused = service.call("POST", customer.path("/matter"), json=MATTER, headers={KEY: key})
        assert refused.json()["code"] == "ERR_OBJECT_COUNT" and refused.status_code == 413
    assert service.get("/api/v1/rtp/secure-objects", size=100)["content"] == before
    held = service.get(f"/api/v1/rtp/device-groups/{customer.group}/secure-objects")["content"]
    assert len(held) == 14
