# SPDX-License-Identifier: Apache-2.0
"""What the service knows of devices that connect themselves: admission, objects, states, filters, alarms."""
import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import chip_objects, simulated_psa
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud, psa_simul_text

NO_CHANGE, DEFECTIVE, WRITE_FAILED, RTP_FAILED = 0x02, 0x13, 0x12, 0x40
NOT_WHITELISTED, LIMITED, UPDATE_FAILED, SNI_INVALID = 0x35, 0x34, 0x40, 0x33
INVALID_SIGNATURE = -149


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("states"), count=12) as made:
        made.usual_objects()
        yield made


@pytest.fixture
def member(field):
    """A chip in the group that never connected."""
    field.used = getattr(field, "used", 0) + 1
    uuid = field.chips[field.used - 1]
    field.assign(uuid)
    return uuid


def ids(content):
    return [d["id"] for d in content]


def filtered(field, **query):
    return ids(field.service.get("/api/v1/devices", size=500, **query)["content"])


def imports(outcome):
    return [r.split()[1] for r in outcome.requests if r.startswith("import")]


def rtp(outcome):
    """{object id: status} of the report."""
    return {d[3]: d[1] for d in outcome.report["rtp"][1]}


# ---- a device's life ---------------------------------------------------------------------------------

def test_a_session_is_told_in_every_place(field, member):
    summary = field.service.get(field.path("/cloud"))
    assert decimal(member) in filtered(field, neverConnected="true")
    agent = field.agent(member)
    outcome = agent.run()
    assert outcome.exit == 0
    device = field.device(member)
    cloud = device["cloud"]
    assert cloud["updateStatus"] == "SUCCESS" and cloud["rtpStatus"] == "SUCCESS" and cloud["upToDate"]
    assert cloud["sessions"] == 1 and cloud["failures"] == 0 and cloud["address"] == "127.0.0.1"
    assert cloud["agentVersion"] == "6.4.1" and cloud["correlationId"] == outcome.report["correlation"]
    assert cloud["binding"] == "NONE" and {e["type"] for e in cloud["endpoints"]} >= {1, 21}
    assert {(o["objectId"], o["state"], o["psaStatus"]) for o in device["objects"]} == \
        {(str(i), "CONFIRMED", 0) for i in (ID_KEY, ID_CERT, ID_AES)}
    assert device["state"] == "PROVISIONING_COMPLETED"
    assert "CLOUD_UPDATED" in [e["event"] for e in device["history"]]
    certificate = x509.load_der_x509_certificate(agent.psa.objects[ID_CERT])
    assert cloud["certificateExpiresAt"][:10] == str(certificate.not_valid_after.date())
    assert decimal(member) not in filtered(field, neverConnected="true")
    assert decimal(member) not in filtered(field, expiresWithinDays=1)
    assert decimal(member) in filtered(field, expiresWithinDays=36500)
    now = field.service.get(field.path("/cloud"))
    assert now["connected"] == summary["connected"] + 1 and now["upToDate"] == summary["upToDate"] + 1
    listed = field.service.get(field.path("/cloud/devices"), size=500)["content"]
    assert [d["cloud"] for d in listed if d["id"] == device["id"]] == [cloud]


def test_a_check_in_without_change(field, member):
    agent = field.agent(member)
    assert agent.run().exit == 0
    events = len(field.device(member)["history"])
    before = dict(agent.psa.objects)
    for sessions in (2, 3):
        outcome = agent.run()
        assert outcome.exit == 0 and agent.psa.objects == before
        assert not [r for r in outcome.requests if r.split()[0] in ("import", "destroy", "write", "allocate")]
        assert outcome.report["rtp"][0] == NO_CHANGE
        cloud = field.device(member)["cloud"]
        assert (cloud["sessions"], cloud["correlationId"]) == (sessions, outcome.report["correlation"])
    assert len(field.device(member)["history"]) == events  # it leaves no line


def test_only_what_changed_is_sent(field, member):
    agent = field.agent(member)
    assert agent.run().exit == 0
    before = dict(agent.psa.objects)
    extra = field.create("extra", "BINARY_FILE", 0x1010,
                         payload={"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": base64.b64encode(b"one").decode()})
    assert not field.device(member)["cloud"]["upToDate"]
    outcome = agent.run()
    assert imports(outcome) == [f"{0x1010:08X}"] and agent.psa.objects == {**before, 0x1010: b"one"}
    field.service.put(f"/api/v1/rtp/secure-objects/{extra}",
                      {"payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": base64.b64encode(b"two").decode()}})
    outcome = agent.run()
    assert imports(outcome) == [f"{0x1010:08X}"] and agent.psa.objects == {**before, 0x1010: b"two"}
    field.service.post(f"/api/v1/rtp/secure-objects/{extra}/unassign-device-groups", [{"deviceGroupId": field.group}])
    outcome = agent.run()
    assert imports(outcome) == [] and f"destroy {0x1010:08X}" in outcome.requests and agent.psa.objects == before
    assert agent.run().exit == 0


def test_a_refused_object_is_tried_again(field, member):
    agent = field.agent(member)
    real = agent.psa.import_key
    agent.psa.import_key = lambda blob: -142 if f"41{4:02x}{ID_AES:08x}" in blob.hex() else real(blob)
    outcome = agent.run()
    assert outcome.report["update"] == UPDATE_FAILED and outcome.report["rtp"][0] == RTP_FAILED
    assert rtp(outcome) == {ID_KEY: 1, ID_CERT: 1, ID_AES: WRITE_FAILED}
    assert decimal(member) in filtered(field, failed="true")
    device = field.device(member)
    assert device["cloud"]["updateStatus"] == "ERR_UPDATE_FAILED" and device["cloud"]["failures"] == 1
    held = {o["objectId"]: (o["state"], o["psaStatus"], o["rtpStatus"]) for o in device["objects"]}
    assert held[str(ID_AES)] == ("FAILED", -142, "ERR_OBJECT_WRITE_FAILED") and held[str(ID_KEY)][0] == "CONFIRMED"
    agent.psa.import_key = real
    outcome = agent.run()
    assert outcome.exit == 0 and imports(outcome) == [f"{ID_AES:08X}"]
    assert decimal(member) not in filtered(field, failed="true")


def test_a_lost_peer(field, member):
    agent = field.agent(member)
    agent.stop_at = (3, "after")
    agent.run()
    agent.stop_at = None
    assert agent.run().exit == 0
    assert sorted(agent.psa.objects) == [ID_KEY, ID_CERT, ID_AES]
    assert field.device(member)["cloud"]["upToDate"]


def test_lists_are_walked_by_place(field, member):
    assert field.agent(member).run().exit == 0
    everyone = ids(field.service.get(field.path("/cloud/devices"), size=500)["content"])
    seen, after = [], {}
    while after is not None:
        page = field.service.get(field.path("/cloud/devices"), size=2, **after)
        seen += ids(page["content"])
        after = page["nextToken"] and {"after": page["nextToken"]}
    assert seen == everyone and len(seen) == len(set(seen)) >= 3
    by_number = [ids(field.service.get(field.path("/cloud/devices"), size=2, page=n)["content"]) for n in range(len(seen) // 2 + 1)]
    assert sum(by_number, []) == everyone
    assert decimal(member) in filtered(field, expiresWithinDays=36500, group=field.group)
    assert filtered(field, expiresWithinDays=36500, group=field.group + 1) == []


# ---- internal objects and binding --------------------------------------------------------------------

BOOT_KEY_HASH = bytes(range(1, 33))


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    """MCXN: objects are bound to boot key hash and life cycle; line and cloud both deliver."""
    with Cloud(tmp_path_factory.mktemp("plant"), family="mcxn947", count=6) as made:
        s = made.service
        made.group = s.post(f"/api/v1/products/{made.nc12}/device-groups",
                            {"deviceGroupName": "both", "lifeCycle": "OPEN"})["id"]
        made.create("boot key", "OEM_FW_AUTH_KEY_HASH", 2147451258,
                    binaryFile=base64.b64encode(BOOT_KEY_HASH).decode(), oemProvisioned=True)
        made.create("data key", "MASTER_KEY", ID_AES, keySize="AES256")
        yield made


def bound_agent(plant, uuid, status=INVALID_SIGNATURE):
    """A chip whose boot key hash is fused: other import keys, and `status` for what is not for them."""
    agent = plant.agent(uuid)
    kek, data, mac = chip_objects.import_keys("mcxn947", bytes.fromhex(plant.roots[uuid]), BOOT_KEY_HASH, chip_objects.OPEN)
    agent.psa.root.update({simulated_psa.KEY_KEK: kek, simulated_psa.KEY_DATA: data, simulated_psa.KEY_MAC: mac})
    real = agent.psa.import_key
    agent.psa.import_key = lambda blob: status if real(blob) == simulated_psa.GENERIC_ERROR else 0
    return agent


def test_a_chip_that_the_line_never_saw(plant):
    uuid = plant.chips[0]
    plant.assign(uuid)
    agent = plant.agent(uuid)
    outcome = agent.run()
    assert rtp(outcome) == {ID_AES: 1, 0x7FFF817A: DEFECTIVE} and outcome.report["update"] == UPDATE_FAILED
    assert sorted(agent.psa.objects) == [ID_AES] and f"{0x7FFF817A:08X}" not in imports(outcome)
    device = plant.device(uuid)
    assert device["cloud"]["binding"] == "NONE"
    assert "CLOUD_REFUSED" in [e["event"] for e in device["history"]]


def test_a_chip_from_the_line(plant):
    uuid = plant.chips[1]
    plant.assign(uuid)
    plant.service.get(f"/api/v1/rtp/devices/{decimal(uuid)}/secure-object-provisionings", wait=1)
    plant.service.post(plant.path(f"/devices/{decimal(uuid)}/report"), {"result": "PROVISIONED"})
    agent = bound_agent(plant, uuid)
    outcome = agent.run()
    assert outcome.exit == 0 and rtp(outcome) == {ID_AES: 1, 0x7FFF817A: NO_CHANGE}, outcome
    assert imports(outcome) == [f"{ID_AES:08X}"]  # bound as its group is, at the first try
    assert plant.device(uuid)["cloud"]["binding"] == "GROUP"


@pytest.mark.parametrize("chip, status", [(2, INVALID_SIGNATURE), (3, simulated_psa.GENERIC_ERROR)])
def test_a_chip_whose_report_was_lost(plant, chip, status):
    uuid = plant.chips[chip]
    plant.assign(uuid)
    agent = bound_agent(plant, uuid, status)
    outcome = agent.run()
    assert imports(outcome) == [f"{ID_AES:08X}"] * 2  # for no binding, then for that of the group
    assert rtp(outcome)[ID_AES] == 1 and ID_AES in agent.psa.objects
    device = plant.device(uuid)
    assert device["cloud"]["binding"] == "GROUP" and "CLOUD_REBOUND" in [e["event"] for e in device["history"]]
    outcome = agent.run()
    assert imports(outcome) == []


def test_a_chip_that_takes_neither(plant):
    """Both are tried once per session; they are made once, and the timeline tells it once."""
    uuid = plant.chips[4]
    plant.assign(uuid)
    agent = plant.agent(uuid)
    real, agent.psa.import_key, seen = agent.psa.import_key, lambda blob: simulated_psa.GENERIC_ERROR, set()
    for _ in range(3):
        outcome = agent.run()
        assert imports(outcome) == [f"{ID_AES:08X}"] * 2 and rtp(outcome)[ID_AES] == WRITE_FAILED
        seen.update(blob for _, blob in outcome.imported)
    assert len(seen) == 2
    device = plant.device(uuid)
    assert device["cloud"].get("binding") is None
    assert [e["event"] for e in device["history"]].count("CLOUD_REBOUND") == 1
    agent.psa.import_key = real
    outcome = agent.run()
    assert imports(outcome) == [f"{ID_AES:08X}"] and rtp(outcome)[ID_AES] == 1
    assert plant.device(uuid)["cloud"]["binding"] == "NONE"


# ---- strangers ---------------------------------------------------------------------------------------

def alarms(field, kind):
    return field.service.get("/api/v1/alarms", kind=kind, size=500)["content"]


def test_strangers_leave_evidence(field, member):
    stolen = field.agent(member)
    stolen.psa.root[simulated_psa.KEY_CONNECTION] = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")
    unknown = field.agent(field.chips[-1])
    unknown.psa.root[simulated_psa.KEY_UUID] = bytes(15) + b"\x77"
    for agent, kind, known, number in ((stolen, "WRONG_KEY", True, int(member, 16)), (unknown, "UNKNOWN_ROOT", False, 0x77)):
        agent.sign_again()
        for _ in range(3):
            assert agent.run().report["update"] == NOT_WHITELISTED
        found = [a for a in alarms(field, kind) if a["deviceId"] == str(number)]
        assert len(found) == 1 and found[0]["count"] == 3 and found[0]["known"] is known
        point = agent.psa.connection_key().public_key().public_numbers()
        assert found[0]["publicKey"] == f"04{point.x:064x}{point.y:064x}"
        assert found[0]["address"] == "127.0.0.1" and f"{number:032X}" in found[0]["subject"]
    assert field.agent(member).run().exit == 0  # the true chip still gets in


def test_a_wrong_host_name_of_a_member_tells_its_owner(field, member):
    def of(uuid):
        return [a for a in alarms(field, "WRONG_HOST_NAME") if a["deviceId"] == decimal(uuid)]

    before = field.service.get(f"/api/v1/devices/{decimal(member)}")["cloud"]
    agent, free = field.agent(member), field.agent(field.chips[-1])
    for peer in (agent, agent, agent, free):
        peer.sni = "other.example"
        assert peer.run().report["update"] == SNI_INVALID
    (alarm,) = of(member)
    assert alarm["count"] == 3 and alarm["known"] is True and alarm["acknowledged"] is False
    assert "host name" in alarm["detail"] and alarm["address"] == "127.0.0.1"
    assert of(field.chips[-1]) == []  # in no group: nobody's device yet
    stolen = field.agent(member)
    stolen.sni = "other.example"
    stolen.psa.root[simulated_psa.KEY_CONNECTION] = (5).to_bytes(32, "big")
    stolen.sign_again()
    assert stolen.run().report["update"] == SNI_INVALID
    assert of(member)[0]["count"] == 3
    assert field.service.get(f"/api/v1/devices/{decimal(member)}")["cloud"] == before
    agent.sni = None
    assert agent.run().exit == 0


def test_a_flood_of_strangers_is_limited(field, member):
    told = []
    for number in range(26):
        agent = field.agent(field.chips[-1])
        agent.psa.root[simulated_psa.KEY_UUID] = bytes(14) + bytes((1, number))
        agent.sign_again()
        told.append(agent.run().report["update"])
    assert told.count(LIMITED) >= 6 and told[-1] == LIMITED
    assert field.agent(member).run().exit == 0  # devices of ours behind the same address are not


def test_an_alarm_that_is_not_there(field):
    answer = field.service.call("POST", "/api/v1/alarms/99999999/acknowledge")
    assert answer.status_code == 404 and answer.json()["code"] == "ERR_ALARM_UNKNOWN"
    assert field.service.call("GET", "/api/v1/alarms", kind="NOTHING").status_code == 422
    assert field.service.call("GET", "/api/v1/devices", failed="true", neverConnected="true").status_code == 422
