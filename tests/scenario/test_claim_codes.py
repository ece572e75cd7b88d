# SPDX-License-Identifier: Apache-2.0
"""Claim codes: how they are made, every status a device can be told, limits, lock-outs."""
import threading
import time

import pytest

from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud
from tests.helpers.service import ApiError
from tests.helpers.simulated_psa import CLAIM_OBJECT

NOT_FOUND, WRONG_PRODUCT, REVOKED, LIMIT, REUSE = 0x10, 0x11, 0x13, 0x14, 0x15
UNREADABLE, POLICIES, TYPE, FORMAT, DELETE, FAILED = 0x16, 0x17, 0x18, 0x19, 0x1A, 0x40
LIMITED, NOT_WHITELISTED, UPDATE_FAILED = 0x34, 0x35, 0x40


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("claims"), count=40) as made:
        made.create("data key", "MASTER_KEY", 0x1003, keySize="AES256")
        yield made


@pytest.fixture
def fresh(field):
    """A chip that no test has used yet."""
    field.used = getattr(field, "used", 0) + 1
    return field.chips[field.used - 1]


def make(field, name, **members):
    return field.service.post(field.path("/claim-codes"), {"name": name, **members})


def statuses(outcome):
    """(update, claim) of the goodbye."""
    return outcome.report["update"], (outcome.report["claim"] or (0,))[0]


def claim(field, uuid, code=None, blob=None):
    agent = field.agent(uuid, code)
    if blob is not None:
        agent.set_claim_blob(blob)
    return agent, agent.run()


def state(field, uuid):
    return field.device(uuid)["cloud"]


# ---- the API ----------------------------------------------------------------------------------------

def test_a_secret_is_shown_once(field):
    code = make(field, "once", deviceLimit=3, deviceCount=9, reusable=True, validityDays=2, behavior="ALLOW",
                policy="UNRESTRICTED", status="ALL")
    assert len(code["secret"]) == code["length"] == 64 and code["warnings"] == []
    path = field.path(f"/claim-codes/{code['id']}")
    shown = field.service.get(path)
    assert "secret" not in shown and shown["status"] == "ACTIVE" and shown["deviceLimit"] == 3
    listed = field.service.get(field.path("/claim-codes"))["content"]
    assert all("secret" not in c for c in listed) and code["id"] in [c["id"] for c in listed]
    again = {"headers": {"Idempotency-Key": "claim-code-1"}}
    body = {"name": "twice"}
    first = field.service.post(field.path("/claim-codes"), body, **again)
    assert field.service.post(field.path("/claim-codes"), body, **again) == first
    changed = field.service.put(path, {"name": "renamed", "deviceLimit": 4, "behavior": "DENY"})
    assert (changed["name"], changed["deviceLimit"], changed["behavior"]) == ("renamed", 4, "DENY")
    assert changed["reusable"] is True and changed["expiresAt"] == shown["expiresAt"]
    assert field.service.post(path + "/revoke")["status"] == "REVOKED"
    with pytest.raises(ApiError) as refused:
        field.service.put(path, {"name": "back"})
    assert refused.value.body["code"] == "ERR_CLAIM_REVOKED"
    field.service.delete(path)
    with pytest.raises(ApiError) as gone:
        field.service.get(path)
    assert gone.value.body["code"] == "ERR_CLAIM_CODE"


def test_secrets_of_the_callers_own(field):
    mine = make(field, "mine", secret="bXkgb3duIGNsYWltIGNvZGU=")
    assert mine["secret"] == "bXkgb3duIGNsYWltIGNvZGU=" and mine["length"] == 24
    for name, secret, code in (("short", "QUJD", "ERR_CLAIM_SECRET"), ("no base64", "not a claim code!", "ERR_CLAIM_SECRET"),
                               ("same", "bXkgb3duIGNsYWltIGNvZGU=", "ERR_NAME_TAKEN")):
        with pytest.raises(ApiError) as refused:
            make(field, name, secret=secret)
        assert refused.value.body["code"] == code
    with pytest.raises(ApiError) as refused:
        make(field, "mine")
    assert refused.value.body["code"] == "ERR_NAME_TAKEN"


def test_a_batch_is_all_or_nothing(field):
    made = field.service.post(field.path("/claim-code-batches"), {"name": "box", "count": 5, "deviceLimit": 1, "length": 20})
    assert [c["name"] for c in made["content"]] == [f"box-{i}" for i in range(1, 6)]
    assert len({c["secret"] for c in made["content"]}) == 5 and all(len(c["secret"]) == 20 for c in made["content"])
    of_batch = field.service.get(field.path("/claim-codes"), batch=made["batchId"])["content"]
    assert [c["id"] for c in of_batch] == [c["id"] for c in made["content"]]
    before = field.service.get(field.path("/claim-code-statistics"))
    with pytest.raises(ApiError):
        field.service.post(field.path("/claim-code-batches"), {"name": "box", "count": 9})
    assert field.service.get(field.path("/claim-code-statistics")) == before


def test_long_codes_are_for_our_agents(field, fresh):
    assert make(field, "112", length=112)["warnings"]
    assert make(field, "112 nxp", length=112, agents="NXP")["warnings"]
    assert make(field, "111", length=111, agents="NXP")["warnings"] == []
    ours = make(field, "255", length=255, agents="ENGRAVE")
    assert ours["warnings"] == []
    agent, outcome = claim(field, fresh, ours["secret"])
    assert statuses(outcome) == (1, 1) and CLAIM_OBJECT not in agent.psa.objects


def test_a_group_with_internal_objects_gets_no_code(field):
    groups = f"/api/v1/products/{field.nc12}/device-groups"
    both = field.service.post(groups, {"deviceGroupName": "line and field"})
    assert both["flows"] == ["PROXY", "CLOUD"]
    hash_id = field.service.post("/api/v1/rtp/secure-objects",
                                 {"name": "boot key", "secureObjectType": "OEM_FW_AUTH_KEY_HASH", "objectId": "2147451258",
                                  "binaryFile": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=",
                                  "oemProvisioned": True})["id"]
    path = f"/api/v1/rtp/secure-objects/{hash_id}/assign-device-group"
    with pytest.raises(ApiError) as refused:
        field.service.post(path, {"deviceGroupId": field.group})
    assert refused.value.body["code"] == "ERR_INTERNAL_OBJECT"
    field.service.post(path, {"deviceGroupId": both["id"]})
    for call in (lambda: field.service.post(f"{groups}/{both['id']}/claim-codes", {"name": "no"}),
                 lambda: field.service.put(f"{groups}/{both['id']}", {"flows": ["CLOUD"]})):
        with pytest.raises(ApiError) as refused:
            call()
        assert refused.value.body["code"] == "ERR_INTERNAL_OBJECT"
    line = field.service.post(groups, {"deviceGroupName": "line", "flows": ["PROXY"]})["id"]
    with pytest.raises(ApiError) as refused:
        field.service.post(f"{groups}/{line}/claim-codes", {"name": "no"})
    assert refused.value.body["code"] == "ERR_FLOW"


# ---- what a device is told ---------------------------------------------------------------------------

def test_success_is_stored(field, fresh):
    code = make(field, "good", deviceLimit=2)
    agent, outcome = claim(field, fresh, code["secret"])
    assert statuses(outcome) == (1, 1) and CLAIM_OBJECT not in agent.psa.objects
    assert f"remove {CLAIM_OBJECT:08X}" in outcome.requests
    used = field.service.get(field.path(f"/claim-codes/{code['id']}"))
    assert used["used"] == 1 and used["lastUsedAt"]
    assert [d["deviceId"] for d in field.service.get(field.path(f"/claim-codes/{code['id']}/devices"))["content"]] == [decimal(fresh)]
    device = field.device(fresh)
    assert device["deviceGroupId"] == field.group and device["cloud"]["claimStatus"] == "SUCCESS"
    assert "CLAIMED" in [e["event"] for e in device["history"]]


def other_product(field):
    nc12 = 999340099999
    field.service.post("/api/v1/products", {"nc12": nc12, "name": "other", "family": "mcxn947"})
    groups = f"/api/v1/products/{nc12}/device-groups"
    group = field.service.post(groups, {"deviceGroupName": "other"})["id"]
    return field.service.post(f"{groups}/{group}/claim-codes", {"name": "other"})["secret"]


def expired(field):
    secret = make(field, "expired", validitySeconds=1)["secret"]
    time.sleep(2.1)
    return secret


def revoked(field):
    code = make(field, "revoked")
    field.service.post(field.path(f"/claim-codes/{code['id']}/revoke"))
    return code["secret"]


CODES = {
    "unknown": (lambda field: "QSBjb2RlIG9mIG5vYm9keSE=", NOT_FOUND),
    "other product": (other_product, WRONG_PRODUCT),
    "expired": (expired, REVOKED),
    "revoked": (revoked, REVOKED),
    "denied": (lambda field: make(field, "denied", behavior="DENY")["secret"], POLICIES),
    "no code": (lambda field: "this is no claim code", FORMAT),
    "too short": (lambda field: "QUJD", FORMAT),
}


@pytest.mark.parametrize("case", CODES)
def test_codes_that_let_nobody_in(field, fresh, case):
    code, status = CODES[case]
    agent, outcome = claim(field, fresh, code(field))
    assert statuses(outcome) == (NOT_WHITELISTED, status)
    assert CLAIM_OBJECT in agent.psa.objects and field.device(fresh)["deviceGroupId"] is None
    assert "CLAIM_REFUSED" in [e["event"] for e in field.device(fresh)["history"]]


def test_blobs_that_let_nobody_in(field, fresh):
    secret = make(field, "blobs")["secret"]
    blob = field.claim_blob(fresh, secret)
    stranger = field.claim_blob(field.chips[-1], secret)
    cases = ((blob[:-1] + bytes((blob[-1] ^ 1,)), UNREADABLE), (stranger, UNREADABLE), (blob[:-7], FORMAT),
             (secret.encode(), TYPE))
    for broken, status in cases:
        _, outcome = claim(field, fresh, blob=broken)
        assert statuses(outcome) == (NOT_WHITELISTED, status)
    alarms = field.service.get("/api/v1/alarms", kind="CLAIM_BLOB_COPIED")["content"]
    assert decimal(fresh) in [a["deviceId"] for a in alarms]
    _, outcome = claim(field, fresh, blob=blob)  # four wrong ones were not enough to lock it out
    assert statuses(outcome) == (1, 1)


@pytest.mark.parametrize("psa, status", [(-140, NOT_FOUND), (-133, POLICIES), (-134, TYPE), (-146, UNREADABLE)])
def test_an_object_that_the_chip_does_not_give(field, fresh, psa, status):
    agent = field.agent(fresh)
    agent.psa.read_object = lambda key_id, offset, length: (psa, b"")
    assert statuses(agent.run()) == (NOT_WHITELISTED, status)


def test_an_object_that_stays(field, fresh):
    code = make(field, "stays", deviceLimit=1)
    agent = field.agent(fresh, code["secret"])
    destroy = agent.psa.destroy_key
    agent.psa.destroy_key = lambda key_id: -146 if key_id == CLAIM_OBJECT else destroy(key_id)
    assert statuses(agent.run()) == (UPDATE_FAILED, DELETE)
    assert field.device(fresh)["deviceGroupId"] == field.group
    agent.psa.destroy_key = destroy
    outcome = agent.run()  # the next session takes it away
    assert outcome.exit == 0 and CLAIM_OBJECT not in agent.psa.objects
    assert field.service.get(field.path(f"/claim-codes/{code['id']}"))["used"] == 1


def test_limit_reuse_and_new_devices(field, fresh):
    field.used += 1
    second = field.chips[field.used - 1]
    once, again = make(field, "one device", deviceLimit=1), make(field, "again", deviceLimit=1, reusable=True)
    new = make(field, "new", policy="NEW_DEVICES")
    leave = lambda: field.service.post(field.path("/devices/unclaim"), {"deviceIds": [decimal(fresh)]})
    assert statuses(claim(field, fresh, once["secret"])[1]) == (1, 1)
    assert statuses(claim(field, second, once["secret"])[1]) == (NOT_WHITELISTED, LIMIT)
    leave()
    assert statuses(claim(field, fresh, once["secret"])[1]) == (NOT_WHITELISTED, REUSE)
    assert statuses(claim(field, fresh, new["secret"])[1]) == (NOT_WHITELISTED, POLICIES)
    assert statuses(claim(field, fresh, again["secret"])[1]) == (1, 1)
    leave()
    assert statuses(claim(field, fresh, again["secret"])[1]) == (1, 1)
    shown = field.service.get(field.path(f"/claim-codes/{again['id']}"))
    assert (shown["used"], shown["status"]) == (1, "EXHAUSTED")


# ---- guessing ----------------------------------------------------------------------------------------

def test_guessing_locks_the_device_out(field, fresh):
    good = make(field, "good again")["secret"]
    for guess in range(4):
        assert statuses(claim(field, fresh, f"Z3Vlc3MgbnVtYmVy{guess:08}")[1]) == (NOT_WHITELISTED, NOT_FOUND)
    assert statuses(claim(field, fresh, "Z3Vlc3MgbnVtYmVy5555")[1]) == (LIMITED, FAILED)
    _, outcome = claim(field, fresh, good)  # not even the right one now
    assert outcome.report["update"] == LIMITED and field.device(fresh)["deviceGroupId"] is None
    assert not [r for r in outcome.requests if r.startswith("read")]
    assert state(field, fresh)["lockedUntil"]
    alarms = field.service.get("/api/v1/alarms", kind="CLAIM_LOCKED", open="true")["content"]
    mine = [a for a in alarms if a["deviceId"] == decimal(fresh)]
    assert len(mine) == 1 and mine[0]["known"] and mine[0]["publicKey"]
    field.service.post(f"/api/v1/alarms/{mine[0]['id']}/acknowledge")
    open_ones = field.service.get("/api/v1/alarms", kind="CLAIM_LOCKED", open="true")["content"]
    assert mine[0]["id"] not in [a["id"] for a in open_ones]


# ---- many at once ------------------------------------------------------------------------------------

@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_64_devices_and_10_places(tmp_path, request, database):
    url = request.getfixturevalue("postgres").create_database("claims") if database == "postgresql" else None
    with Cloud(tmp_path, count=64, database=url) as crowd:
        crowd.create("data key", "MASTER_KEY", 0x1003, keySize="AES256")
        code = make(crowd, "ten", deviceLimit=10)
        agents = [crowd.agent(uuid, code["secret"]) for uuid in crowd.chips]
        outcomes = {}
        threads = [threading.Thread(target=lambda i=i: outcomes.update({i: agents[i].run()})) for i in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [statuses(outcomes[i]) for i in range(64)]
        assert told.count((1, 1)) == 10, told
        assert told.count((NOT_WHITELISTED, LIMIT)) == 54, told
        shown = crowd.service.get(crowd.path(f"/claim-codes/{code['id']}"))
        assert (shown["used"], shown["refused"], shown["status"]) == (10, 54, "EXHAUSTED")
        assert crowd.service.get(crowd.path())["quotaUsed"] == 10
        assert sum(1 for a in agents if 0x1003 in a.psa.objects) == 10
