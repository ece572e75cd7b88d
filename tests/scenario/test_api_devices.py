# SPDX-License-Identifier: Apache-2.0
"""Devices: into a group, made, waited for, downloaded, reported, out again. On both databases."""
import base64
import threading
import time

import pytest

from tests.helpers.chip_maker import decimal, openssl
from tests.helpers.customer import Customer
from tests.helpers.service import ApiError

MAGIC = bytes.fromhex("400b656467656c6f636b32676f")


@pytest.fixture
def customer(any_service, tmp_path):
    return Customer(any_service, tmp_path)


def refused(code, call, *args, **more):
    with pytest.raises(ApiError) as caught:
        call(*args, **more)
    assert caught.value.code == code, caught.value.body
    return caught.value


def verify_chain(folder, service, ca, leaf_der):
    """`openssl verify` of a leaf against the chain that the API hands out."""
    blocks = service.get(f"/api/v1/rtp/certificate-authorities/{ca}/chain").split("-----BEGIN")[1:]
    root, untrusted, leaf = folder / "root.pem", folder / "untrusted.pem", folder / "leaf.pem"
    root.write_text("-----BEGIN" + blocks[-1])
    untrusted.write_text("".join("-----BEGIN" + b for b in blocks[:-1]))
    leaf.write_bytes(openssl("x509", "-inform", "DER", data=leaf_der))
    openssl("verify", "-x509_strict", "-CAfile", root, "-untrusted", untrusted, leaf)
    return openssl("x509", "-noout", "-subject", "-in", leaf).decode()


def test_assign_make_download_verify(customer, tmp_path):
    service = customer.service
    customer.add_boot_key_hash()
    _, ca, _ = customer.add_identity(commonNamePrefix="dev-")
    customer.add("MASTER_KEY", 0x1003, keySize="AES256")
    (device,) = customer.chips(1)
    response = service.call("POST", customer.path("/devices"), json={"deviceIds": [device]})
    assert (response.status_code, response.text) == (202, "")
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    objects = customer.objects(device)
    assert list(objects) == ["OEM_FW_AUTH_KEY_HASH", "KEYPAIR", "CERTIFICATE", "MASTER_KEY"]
    for entry in objects.values():
        blob = base64.b64decode(entry["apdus"]["createApdu"]["apdu"])
        assert blob.startswith(MAGIC) and blob[-18:-16] == b"\x5e\x10"
        assert int(entry["secureObject"]["objectId"]).to_bytes(4, "big") == blob[15:19]
    leaf = base64.b64decode(objects["CERTIFICATE"]["secureObject"]["certificate"])
    assert f"CN = dev-{int(device):032x}" in verify_chain(tmp_path, service, ca, leaf)
    key = openssl("x509", "-inform", "DER", "-noout", "-pubkey", data=leaf)
    spki = base64.b64decode(objects["KEYPAIR"]["secureObject"]["publicKey"])
    assert openssl("pkey", "-pubin", "-outform", "DER", data=key) == spki


def test_same_request_gives_same_bytes_and_costs_no_quota(customer):
    customer.service.put(customer.path(), {"quota": 1})
    customer.add_identity()
    (device,) = customer.chips(1)
    for _ in range(3):
        customer.claim([device, device])
        assert customer.states(device) == {"GENERATION_COMPLETED"}
    first = customer.blobs(device)
    customer.service.post(customer.path("/devices/unclaim"), {"deviceIds": [device]})
    assert customer.status(device) == []
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    assert customer.blobs(device) == first
    assert customer.service.get(customer.path())["quotaUsed"] == 1


def test_quota_is_all_or_nothing(customer):
    customer.service.put(customer.path(), {"quota": 3})
    ids = customer.chips(5)
    refused("ERR_QUOTA", customer.claim, ids)
    assert customer.service.get(customer.path())["quotaUsed"] == 0
    customer.claim(ids[:3])
    refused("ERR_QUOTA", customer.claim, ids[3:4])
    refused("ERR_QUOTA_BELOW_USED", customer.service.put, customer.path(), {"quota": 2})
    customer.service.put(customer.path(), {"quota": None})
    customer.claim(ids)
    assert customer.service.get(customer.path())["quotaUsed"] == 5


def test_quota_holds_against_many_stations(customer):
    customer.service.put(customer.path(), {"quota": 10})
    ids, outcomes = customer.chips(40), []

    def station(mine):
        for device in mine:
            answer = customer.service.call("POST", customer.path("/devices"),
                                           json={"deviceIds": [device]})
            outcomes.append(answer.status_code)

    threads = [threading.Thread(target=station, args=(ids[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(outcomes)) == [202, 422] and outcomes.count(202) == 10
    assert len(customer.service.get(customer.path("/devices"))["content"]) == 10


def test_unknown_and_foreign_devices(customer):
    import json
    other = customer.add_group("other")
    ids = customer.chips(3)
    customer.claim(ids[:1], group=other)
    problem = refused("ERR_SEDM_422_11", customer.claim, [*ids, "5"])
    assert problem.status == 422
    details = json.loads(problem.body["details"])
    assert details["notFoundDevices"] == ["00000000000000000000000000000005"]
    assert details["devicesInDifferentGroup"] == [
        {"deviceId": f"{int(ids[0]):032x}", "deviceGroupId": other}]
    assert customer.service.get(customer.path("/devices"))["content"] == []
    customer.service.post(customer.path("/devices/unclaim", other), {"deviceIds": ids[:1]})
    customer.claim(ids)


def test_family_of_another_product(customer, tmp_path):
    folder = tmp_path / "rw"
    folder.mkdir()
    roots = customer.maker.roots(1)
    customer.maker.upload(roots, "rw612")
    refused("ERR_FAMILY", customer.claim, [decimal(u) for u in roots])
    refused("ERR_FAMILY", customer.service.post, f"/api/v1/rtp/device-groups/{customer.group}"
            "/devices/download-provisionings",
            {"deviceIds": ["1"], "productHardwareFamilyType": "RW6"})


def test_bad_device_lists(customer):
    for ids, code in (([], "ERR_FIELD"), (["1"] * 501, "ERR_TOO_MANY_DEVICES"),
                      (["-1"], "ERR_BAD_DEVICE_ID"), ([1], "ERR_BAD_DEVICE_ID"),
                      ([str(2**128)], "ERR_BAD_DEVICE_ID"), ("1", "ERR_JSON_TYPE")):
        refused(code, customer.claim, ids)


def test_bulk_job(customer):
    customer.add_boot_key_hash()
    customer.add_identity()
    ids = customer.chips(500)
    response = customer.service.call("POST", customer.path("/register-devices"),
                                     json={"deviceIds": ids})
    assert response.headers["Content-Type"] == "text/plain" and len(response.text) == 36
    job = customer.service.get(f"/api/v2/rtp/jobs/{response.text}", wait=30)
    assert (job["state"], job["provisionedPercentage"]) == ("COMPLETED_SUCCESSFULLY", 100)
    assert sorted(job["deviceIds"]) == sorted(ids)
    answer = customer.download(ids)
    assert [entry["deviceId"] for entry in answer] == ids
    numbers = {p["provisioningId"] for entry in answer for p in entry["rtpProvisionings"]}
    blobs = {p["apdus"]["createApdu"]["apdu"] for e in answer for p in e["rtpProvisionings"]}
    assert len(numbers) == len(blobs) == 1500
    refused("ERR_JOB_UNKNOWN", customer.service.get, f"/api/v2/rtp/jobs/{'0' * 36}")


def test_group_without_objects(customer):
    (device,) = customer.chips(1)
    job = customer.service.call("POST", customer.path("/register-devices"),
                                json={"deviceIds": [device]}).text
    assert customer.service.get(f"/api/v2/rtp/jobs/{job}")["state"] == \
        "JOB_COMPLETED_NO_PROVISIONINGS"
    assert customer.status(device, wait=5) == []


def test_objects_added_later_keep_the_key(customer):
    pair, ca, _ = customer.add_identity()
    (device,) = customer.chips(1)
    customer.claim([device])
    customer.states(device)
    before = customer.blobs(device)
    customer.add("CERTIFICATE", 0x1005, keyPairId=pair, intermediateCaId=ca)
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    (entry,) = customer.download([device])
    assert len(entry["rtpProvisionings"]) == 3
    assert customer.blobs(device)["KEYPAIR"] == before["KEYPAIR"]
    customer.add_boot_key_hash()  # another binding: everything is sealed anew
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    assert customer.blobs(device)["KEYPAIR"] != before["KEYPAIR"]


def test_waiting_answers_promptly(customer):
    customer.add("KEYPAIR", 0x1001, algorithm="RSA_2048")
    (device,) = customer.chips(1)
    customer.claim([device])
    begin = time.monotonic()
    first = customer.status(device)
    assert first[0]["provisioningState"] in ("GENERATION_TRIGGERED", "GENERATION_COMPLETED")
    assert customer.states(device, wait=30) == {"GENERATION_COMPLETED"}
    assert time.monotonic() - begin < 20


def test_report_and_history(customer):
    customer.add_identity()
    (device,) = customer.chips(1)
    report = customer.path(f"/devices/{device}/report")
    refused("ERR_NOT_IN_GROUP", customer.service.post, report, {"result": "PROVISIONED"})
    customer.claim([device])
    customer.states(device)
    customer.service.post(report, {"result": "FAILED", "statusWord": "0xA500D002", "detail": "MAC"})
    assert customer.states(device) == {"PROVISIONING_FAILED"}
    customer.service.post(report, {"result": "PROVISIONED", "statusWord": "0x5A5A5A5A"})
    assert customer.states(device) == {"PROVISIONING_COMPLETED"}
    refused("ERR_FIELD", customer.service.post, report, {"result": "PERHAPS"})
    shown = customer.service.get(f"/api/v1/devices/{device}")
    events = [e["event"] for e in shown["history"]]
    assert shown["state"] == "PROVISIONING_COMPLETED"
    assert events == ["REGISTERED", "ASSIGNED", "GENERATION_COMPLETED", "PROVISIONING_FAILED",
                      "PROVISIONING_COMPLETED"]
    assert any("0xA500D002 MAC" in e["detail"] for e in shown["history"])


def test_lists_and_search(customer):
    ids = sorted(customer.chips(12), key=int)
    customer.claim(ids[:5])
    get = customer.service.get
    assert len(get("/api/v1/devices", size=10)["content"]) == 10
    assert get("/api/v1/devices", size=10)["next"] == 1
    assert len(get("/api/v1/devices", group=customer.group)["content"]) == 5
    assert len(get("/api/v1/devices", state="REGISTERED")["content"]) == 7
    assert len(get("/api/v1/devices", family="rw612")["content"]) == 0
    for text in (f"{int(ids[3]):032x}"[:12], ids[3][:20]):
        assert ids[3] in [d["id"] for d in get("/api/v1/devices", search=text)["content"]]
    members = get(customer.path("/devices"), size=100, page=0)
    assert {m["device"]["id"] for m in members["content"]} == set(ids[:5])
    assert get(customer.path(f"/devices/{ids[0]}"))["device"]["id"] == ids[0]
    refused("ERR_DEVICE_UNKNOWN", get, customer.path(f"/devices/{ids[8]}"))
    customer.service.post(customer.path("/unclaim"), {})
    assert get(customer.path("/devices"))["content"] == []
