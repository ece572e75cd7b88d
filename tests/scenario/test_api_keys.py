# SPDX-License-Identifier: Apache-2.0
"""API keys with a scope, an end and a last use."""
import time

import pytest

from tests.helpers.customer import NC12, Customer

KEYS = "/api/v1/api-keys"


@pytest.fixture
def customer(service, tmp_path):
    return Customer(service, tmp_path)


def code(service, key, method, path, body=None):
    answer = service.call(method, path, json=body, headers={"EL2G-API-Key": key})
    return answer.json()["code"] if answer.status_code >= 400 else answer.status_code


def test_a_key_for_one_group(customer):
    service = customer.service
    other = customer.add_group("other")
    device, elsewhere = customer.chips(2)
    made = service.post(KEYS, {"name": "line", "role": "OPERATOR", "deviceGroupId": customer.group})
    assert (made["deviceGroupId"], made["nc12"]) == (customer.group, None)
    key = made["key"]
    customer.claim([elsewhere], group=other)
    job = service.post(customer.path("/register-devices"), {"deviceIds": [device]})
    foreign = service.post(customer.path("/register-devices", other), {"deviceIds": [elsewhere]})
    downloads = "/api/v1/rtp/device-groups/{}/devices/download-provisionings"
    status = "/api/v1/rtp/devices/{}/secure-object-provisionings"
    ids = {"deviceIds": [device]}
    assert code(service, key, "GET", customer.path()) == 200
    assert code(service, key, "POST", customer.path("/devices"), ids) == 202
    assert code(service, key, "GET", customer.path("/devices")) == 200
    assert code(service, key, "POST", downloads.format(customer.group), ids) == 200
    assert code(service, key, "GET", status.format(device)) == 200
    assert code(service, key, "GET", f"/api/v2/rtp/jobs/{job}") == 200
    assert code(service, key, "GET", "/api/v1/company") == 200
    for method, path in (("GET", customer.path(group=other)),
                         ("POST", customer.path("/devices", other)),
                         ("POST", downloads.format(other)), ("GET", status.format(elsewhere)),
                         ("GET", f"/api/v1/devices/{elsewhere}"), ("GET", "/api/v1/devices/5"),
                         ("GET", f"/api/v2/rtp/jobs/{foreign}"), ("GET", "/api/v1/devices"),
                         ("GET", "/api/v1/rtp/secure-objects"), ("GET", "/api/v1/products"),
                         ("GET", f"/api/v1/products/{NC12}")):
        assert code(service, key, method, path, ids) == "ERR_SCOPE", (method, path)


def test_a_key_for_one_product(customer):
    service = customer.service
    service.post("/api/v1/products", {"nc12": 7, "name": "x", "family": "rw612"})
    far = service.post("/api/v1/products/7/device-groups", {"deviceGroupName": "g"})["id"]
    key = service.post(KEYS, {"name": "p", "role": "ADMIN", "nc12": NC12})["key"]
    assert code(service, key, "GET", f"/api/v1/products/{NC12}") == 200
    assert code(service, key, "POST", f"/api/v1/products/{NC12}/device-groups",
                {"deviceGroupName": "mine"}) == 201
    objects = "/api/v1/rtp/device-groups/{}/secure-objects"
    assert code(service, key, "GET", objects.format(customer.group)) == 200
    assert code(service, key, "GET", objects.format(far)) == "ERR_SCOPE"
    assert code(service, key, "GET", f"/api/v1/products/7/device-groups/{far}") == "ERR_SCOPE"
    # naming the key's product does not open another product's group
    assert code(service, key, "GET", customer.path(group=far)) == "ERR_GROUP_UNKNOWN"
    assert code(service, key, "POST", KEYS, {"name": "z", "role": "ADMIN"}) == "ERR_SCOPE"
    assert code(service, service.key, "POST", KEYS,
                {"name": "z", "role": "ADMIN", "nc12": 9}) == "ERR_PRODUCT_UNKNOWN"
    assert code(service, service.key, "POST", KEYS, {
        "name": "z", "role": "ADMIN", "nc12": NC12, "deviceGroupId": far}) == "ERR_GROUP_UNKNOWN"


def test_expiry_last_use_and_revocation(service):
    made = service.post(KEYS, {"name": "short", "role": "AUDITOR", "validitySeconds": 2})

    def listed():
        return next(k for k in service.get(KEYS)["content"] if k["id"] == made["id"])

    assert listed()["lastUsedAt"] is None and listed()["expiresAt"] == made["expiresAt"]
    assert code(service, made["key"], "GET", "/api/v1/products") == 200
    assert listed()["lastUsedAt"] is not None
    time.sleep(2.5)
    assert code(service, made["key"], "GET", "/api/v1/products") == "ERR_API_KEY_EXPIRED"
    service.delete(f"{KEYS}/{made['id']}")
    assert listed()["revoked"]
    assert code(service, made["key"], "GET", "/api/v1/products") == "ERR_API_KEY"
