# SPDX-License-Identifier: Apache-2.0
"""NXP's agent, as it is out there (tests/helpers/nxp_agent.py), against the device endpoint."""
import sqlite3
from contextlib import closing

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.helpers import nxp_agent, simulated_psa
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud

INTERNAL = 0x50


@pytest.fixture
def cloud(tmp_path):
    with Cloud(tmp_path, count=2) as made:
        made.usual_objects()
        yield made


def provisioned(agent):
    """The chip holds a key pair, a certificate over it and a data key, and nothing is left of the claim."""
    objects = agent.psa.objects
    assert simulated_psa.CLAIM_OBJECT not in objects
    assert sorted(objects) == [ID_KEY, ID_CERT, ID_AES]
    key = ec.derive_private_key(int.from_bytes(objects[ID_KEY], "big"), ec.SECP256R1())
    certificate = x509.load_der_x509_certificate(objects[ID_CERT])
    assert certificate.public_key().public_numbers() == key.public_key().public_numbers()
    assert len(objects[ID_AES]) == 32
    return certificate


def rename(cloud, table, name):
    """Under the running service."""
    with closing(sqlite3.connect(cloud.service.data / "engrave.db", timeout=10)) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")


def full_session(cloud, tls, **how):
    agent = cloud.agent(cloud.chips[0], cloud.claim_code(limit=5), tls=tls, **how)
    outcome = agent.run()
    assert (outcome.exit, outcome.log) == (0, ""), outcome
    provisioned(agent)
    return agent, outcome


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_full_session_with_a_claim(cloud, tls):
    agent, outcome = full_session(cloud, tls)
    assert outcome.tls == f"TLSv{tls}"
    report = outcome.report
    assert report["update"] == 1 and report["claim"][0] == 1 and report["rtp"][0] == 1
    assert {d[3] for d in report["rtp"][1]} == {ID_KEY, ID_CERT, ID_AES}
    assert all(d[1] in (1, 2) and d[2] == nxp_agent.ID_KEYSTORE for d in report["rtp"][1])
    assert len(report["correlation"]) == 36
    assert outcome.requests[:2] == ["hello", "crl"] and outcome.requests[-1] == "goodbye"
    assert outcome.requests.count("crl") == 1
    # What is not there yet must not be in the way: each import comes behind a destroy of the same id.
    imports = [i for i, r in enumerate(outcome.requests) if r.startswith("import")]
    assert all(outcome.requests[i - 1] == outcome.requests[i].replace("import", "destroy") for i in imports)


def test_the_second_session_changes_nothing(cloud):
    agent, _ = full_session(cloud, "1.2")
    before = dict(agent.psa.objects)
    outcome = agent.run()
    assert outcome.exit == 0 and agent.psa.objects == before
    assert not [r for r in outcome.requests if r.startswith(("import", "destroy"))]
    assert outcome.report["rtp"] is None or outcome.report["rtp"][0] == 2


def test_one_record_per_answer_and_no_crl_wish(cloud):
    full_session(cloud, "1.3", two_records=False, request_crl=False)


def test_the_crl_is_of_the_issuing_ca_and_current(cloud):
    _, outcome = full_session(cloud, "1.2")
    chain = [x509.load_der_x509_certificate(der) for der in outcome.chain]
    assert len(chain) == 2, "server certificate and issuing CA"
    crl = x509.load_der_x509_crl(outcome.crl)
    assert crl.issuer == chain[0].issuer == chain[1].subject
    assert crl.is_signature_valid(chain[1].public_key())


def test_no_ticket_is_sent(cloud):
    agent = cloud.agent(cloud.chips[0], cloud.claim_code(), tls="1.3")
    tls = agent.connect()
    with tls:
        tls.recv(16384)  # hello comes by itself: the service speaks first
        assert not tls.session.has_ticket


def test_a_device_in_no_group_without_a_code(cloud):
    agent = cloud.agent(cloud.chips[0])
    outcome = agent.run()
    assert outcome.exit == nxp_agent.UPDATE_FAILED_EXIT
    assert outcome.report["update"] >= 0x10 and outcome.report["claim"][0] == 0x10
    assert agent.psa.objects == {}


def test_a_stranger_is_told_and_recorded(cloud):
    root = cloud.maker.roots(1)  # never uploaded
    cloud.roots.update(root)
    uuid = next(iter(root))
    outcome = cloud.agent(uuid).run()
    assert outcome.exit == nxp_agent.UPDATE_FAILED_EXIT and outcome.report["update"] == 0x35
    alarms = cloud.service.get("/api/v1/alarms")["content"]
    assert any(uuid in str(alarm).lower() for alarm in alarms), alarms


def test_a_known_uuid_with_another_key(cloud):
    uuid = cloud.chips[0]
    cloud.assign(uuid)
    cloud.roots[uuid] = cloud.maker.roots(1).popitem()[1]
    outcome = cloud.agent(uuid).run()
    assert outcome.exit == nxp_agent.UPDATE_FAILED_EXIT and outcome.report["update"] == 0x35
    assert cloud.service.get("/api/v1/alarms")["content"]


def test_the_wrong_name_is_told(cloud):
    agent = cloud.agent(cloud.chips[0], cloud.claim_code())
    agent.sni = "somebody.else.example"
    outcome = agent.run()
    assert outcome.exit != 0
    assert agent.psa.objects.keys() == {simulated_psa.CLAIM_OBJECT}


def test_an_empty_container_for_an_agent_without_services(cloud):
    agent, outcome = full_session(cloud, "1.2")
    live = bytes(agent.datastores[nxp_agent.ID_CUSTOMER].live)
    assert live == nxp_agent.EMPTY_CONTAINER
    assert not [r for r in agent.run().requests if r.startswith("allocate")], "written only when changed"


def test_a_lost_object_comes_back_whatever_the_chip_holds(cloud):
    """Objects that the chip has but the service does not know of are replaced, not stumbled over."""
    agent = cloud.agent(cloud.chips[0], cloud.claim_code())
    agent.psa.objects[ID_AES] = b"left over"
    assert agent.run().exit == 0
    provisioned(agent)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_power_lost_at_every_message(cloud, tls):
    """The session is broken before and after each message; the next one ends in the same device."""
    clean = cloud.agent(cloud.chips[1], cloud.claim_code(), tls=tls)
    messages = clean.run().messages
    wanted = sorted(clean.psa.objects)
    code = cloud.claim_code(limit=1)
    agent = cloud.agent(cloud.chips[0], code, tls=tls)
    cuts = 0
    for number in range(messages):
        for side in ("before", "after"):
            agent.stop_at = (number, side)
            agent.run()
            cuts += 1
    agent.stop_at = None
    assert agent.run().exit == 0
    assert sorted(agent.psa.objects) == wanted
    provisioned(agent)
    codes = cloud.service.get(cloud.path("/claim-codes"))["content"]
    assert any(c.get("deviceLimit") == 1 and c.get("used") == 1 for c in codes), codes
    print(f"{cuts} cuts at {messages} messages, TLS {tls}")


def test_keys_are_kept_when_the_session_broke(cloud):
    """A key that was made once is the key: interruptions never lead to a second one."""
    agent = cloud.agent(cloud.chips[0], cloud.claim_code(), tls="1.3")
    seen = set()
    for number in range(1, 8):
        agent.stop_at = (number, "after")
        agent.run()
        seen.add(agent.psa.objects.get(ID_KEY))
    agent.stop_at = None
    assert agent.run().exit == 0
    seen.add(agent.psa.objects[ID_KEY])
    assert len(seen - {None}) == 1


def test_a_database_that_errs(cloud):
    """What happened cannot be written down: the agent is told INTERNAL and is done again."""
    agent = cloud.agent(cloud.chips[0], cloud.claim_code(), tls="1.2")
    rename(cloud, "device_object", "gone")
    outcome = agent.run()
    assert (outcome.exit, outcome.report["update"]) == (nxp_agent.UPDATE_FAILED_EXIT, INTERNAL), outcome
    rename(cloud, "gone", "device_object")
    assert agent.run().exit == 0
    provisioned(agent)


def test_the_connection_key_is_the_one_of_the_root(cloud):
    cert, key = cloud.agent(cloud.chips[0]).certificate()
    public = load_pem_private_key(key, None).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert x509.load_pem_x509_certificate(cert).public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint) == public
