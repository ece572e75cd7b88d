# SPDX-License-Identifier: Apache-2.0
"""Secure objects: filters, new versions and what becomes of the devices; failed devices again."""
import base64
import hashlib

import pytest

from tests.helpers.chip_maker import openssl
from tests.helpers.customer import ID_RKTH, Customer
from tests.helpers.service import ApiError

OBJECTS = "/api/v1/rtp/secure-objects"


@pytest.fixture
def customer(any_service, tmp_path):
    return Customer(any_service, tmp_path)


def refused(code, call, *args, **more):
    with pytest.raises(ApiError) as caught:
        call(*args, **more)
    assert caught.value.code == code, caught.value.body


def payload(data, **more):
    return {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": base64.b64encode(data).decode(),
            **more}


def test_a_new_version_reaches_the_devices(customer):
    service = customer.service
    pair, _, cert = customer.add_identity(commonNamePrefix="a-")
    file = customer.add("BINARY_FILE", 0x1005, payload=payload(b"one"))
    devices = customer.chips(3)
    customer.claim(devices)
    assert customer.states(devices[0]) == {"GENERATION_COMPLETED"}
    before = customer.blobs(devices[0])
    key = customer.objects(devices[0])["KEYPAIR"]["secureObject"]["publicKey"]
    changed = service.put(f"{OBJECTS}/{file}", {"payload": payload(b"two, longer than one" * 4)})
    assert changed["version"] == 2
    assert service.get(f"{OBJECTS}/{file}") == changed
    for device in devices:
        assert customer.states(device) == {"GENERATION_COMPLETED"}
    after = customer.blobs(devices[0])
    assert after["BINARY_FILE"] != before["BINARY_FILE"]
    assert (after["KEYPAIR"], after["CERTIFICATE"]) == (before["KEYPAIR"], before["CERTIFICATE"])
    assert service.put(f"{OBJECTS}/{cert}", {"commonNamePrefix": "b-"})["version"] == 2
    assert customer.states(devices[0]) == {"GENERATION_COMPLETED"}
    made = customer.objects(devices[0])
    assert made["KEYPAIR"]["secureObject"]["publicKey"] == key
    leaf = base64.b64decode(made["CERTIFICATE"]["secureObject"]["certificate"])
    shown = openssl("x509", "-inform", "DER", "-noout", "-subject", data=leaf).decode()
    assert f"CN = b-{int(devices[0]):032x}" in shown
    refused("ERR_OBJECT_FIXED", service.put, f"{OBJECTS}/{pair}", {"algorithm": "NIST_P384"})


def test_what_cannot_change(customer):
    service = customer.service
    file = customer.add("BINARY_FILE", 0x1005, payload=payload(b"one"))
    for change in ({"objectId": "4102"}, {"secureObjectType": "KEYPAIR", "algorithm": "NIST_P256"},
                   {"generateOnDeviceConnection": True}):
        refused("ERR_OBJECT_FIXED", service.put, f"{OBJECTS}/{file}", change)
    rkth = customer.add_boot_key_hash()
    other = base64.b64encode(hashlib.sha256(b"y").digest()).decode()
    refused("ERR_OBJECT_FIXED", service.put, f"{OBJECTS}/{rkth}", {"binaryFile": other})
    refused("ERR_OBJECT_UNKNOWN", service.put, f"{OBJECTS}/99", {"name": "x"})
    refused("ERR_OBJECT_SIZE", service.put, f"{OBJECTS}/{file}", {"payload": payload(bytes(17000))})
    assert service.get(f"{OBJECTS}/{file}")["version"] == 1
    assert service.get(f"{OBJECTS}", objectId=ID_RKTH)["content"][0]["id"] == rkth


def test_check_sums(customer):
    data = b"content"
    good = hashlib.sha3_512(data).hexdigest()
    customer.define("BINARY_FILE", 0x1005, payload=payload(data, checkSum=good))
    customer.define("BINARY_FILE", 0x1005, payload=payload(data, checkSum=good.upper()))
    refused("ERR_CHECKSUM", customer.define, "BINARY_FILE", 0x1005,
            payload=payload(data + b"!", checkSum=good))
    refused("ERR_FIELD", customer.define, "BINARY_FILE", 0x1005,
            payload=payload(data, checkSum=good[:-2]))
    pem = openssl("pkey", "-in", customer.maker.key, "-pubout").decode()
    customer.define("STATIC_PUBLIC_KEY", 0x1007, publicKey=pem,
                    checkSum=hashlib.sha3_512(pem.encode()).hexdigest())
    refused("ERR_CHECKSUM", customer.define, "STATIC_PUBLIC_KEY", 0x1007, publicKey=pem,
            checkSum=good)


def test_filters(customer):
    service = customer.service
    pair, _, cert = customer.add_identity()
    loose = customer.define("KEYPAIR", 0x3001, algorithm="NIST_P256")

    def ids(**query):
        return [o["id"] for o in service.get(OBJECTS, **query)["content"]]

    assert ids() == [pair, cert, loose]
    assert ids(type="KEYPAIR") == [pair, loose]
    assert ids(group=customer.group) == [pair, cert]
    assert ids(group=customer.group, type="KEYPAIR") == [pair]
    assert ids(objectId="0x3001") == ids(objectId=0x3001) == [loose]
    assert ids(name=service.get(f"{OBJECTS}/{cert}")["name"]) == [cert]
    assert ids(type="KEYPAIR", size=1, page=1) == [loose]
    refused("ERR_QUERY", service.get, OBJECTS, type="NOTHING")
    refused("ERR_QUERY", service.get, OBJECTS, objectId="x")
    unassign = f"/api/v1/rtp/device-groups/{customer.group}/unassign-secure-objects"
    refused("ERR_IN_USE", service.post, unassign, [pair])
    service.post(unassign + "/", [cert, pair], **{"hardware-family-type": "MCXN"})
    assert ids(group=customer.group) == []


def test_a_device_that_failed_on_the_line_may_try_again(customer):
    customer.add_identity()
    (device,) = customer.chips(1)
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    first = customer.blobs(device)
    customer.service.post(customer.path(f"/devices/{device}/report"), {"result": "FAILED"})
    assert customer.states(device) == {"PROVISIONING_FAILED"}
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    assert customer.blobs(device) == first
    state = customer.service.get(f"/api/v1/devices/{device}")["state"]
    assert state == "GENERATION_COMPLETED"
    customer.service.post(customer.path(f"/devices/{device}/report"), {"result": "PROVISIONED"})
    customer.claim([device])
    assert customer.states(device) == {"PROVISIONING_COMPLETED"}
