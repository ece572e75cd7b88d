# SPDX-License-Identifier: Apache-2.0
"""Every situation in which NXP's agent was seen (docs/protocol/device-session.md), brought about at the endpoint; and
agents like it with other buffers, other endpoints, other answers. Each ends in the same chip."""
import pytest

from tests.helpers import nxp_agent
from tests.helpers import protobuf as pb
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.nxp_agent import ID_CONNECTION, ID_CUSTOMER, ID_KEYSTORE, UPDATE_FAILED_EXIT
from tests.helpers.relay import Relay
from tests.helpers.simulated_psa import CLAIM_OBJECT, KEY_MAC, tlvs

SUCCESS, UPDATE_FAILED, SNI_INVALID, NOT_WHITELISTED = 0x01, 0x40, 0x33, 0x35
RTP_DELETE_FAILED, RTP_WRITE_FAILED, RTP_FAILED = 0x11, 0x12, 0x40
CLAIM_NOT_FOUND, CLAIM_READ, CLAIM_DELETE = 0x10, 0x16, 0x1A
DOES_NOT_EXIST, ALREADY_EXISTS, GENERIC_ERROR, INVALID_SIGNATURE = -140, -139, -132, -149
EL2GO_SERVICE = 500
WANTED = [ID_KEY, ID_CERT, ID_AES]


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("scenarios"), count=80) as made:
        made.usual_objects()
        made.fresh = list(made.chips)
        yield made
        assert made.service.process.alive()


@pytest.fixture(name="agent")
def fixture_agent(cloud):
    """On a chip that never connected, with a claim code."""
    uuid = cloud.fresh.pop()
    return cloud.agent(uuid, cloud.claim_code(name=uuid))


def looked_at(agent, outcome):
    """What holds for every session whatever happens in it."""
    asked = outcome.requests
    assert asked.count("goodbye") <= 1 and asked.count("crl") <= 1
    if "goodbye" in asked and asked[-1] == "goodbye":
        assert outcome.report, "no goodbye without a report"
        assert len(outcome.report["correlation"]) in ((36,) if len(asked) > 1 else (0, 36))
    others = [r for r in asked if r not in ("hello", "crl", "goodbye")]
    if others and agent.request_crl:
        assert asked.index("crl") < asked.index(others[0]), asked
    assert {r.split()[1] for r in asked if r.startswith(("read ", "remove "))} <= {f"{CLAIM_OBJECT:08X}"}
    for key_id, blob in outcome.imported:
        assert key_id == int.from_bytes(dict(tlvs(blob))[0x41], "big")
    for store in agent.datastores.values():
        for text in nxp_agent.descriptors(bytes(store.live)) or []:
            assert pb.one(text, 2, 0) != EL2GO_SERVICE
    return outcome


def session(agent):
    return looked_at(agent, agent.run())


def complete(agent, outcome):
    assert (outcome.exit, outcome.log) == (0, ""), outcome
    assert sorted(agent.psa.objects) == WANTED
    return outcome


def converges(agent):
    """One more session without disturbance."""
    agent.alter = agent.force = agent.stop_at = None
    return complete(agent, session(agent))


def rtp(outcome):
    return {d[3]: d[1] for d in outcome.report["rtp"][1]}


# ---- the ordinary ones ---------------------------------------------------------------------------

@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_one_request_per_message(agent, tls):
    agent.several, agent.tls = False, tls
    assert set(complete(agent, session(agent)).batches) == {1}


def test_six_requests_in_one_message(agent):
    assert max(complete(agent, session(agent)).batches) >= 6


def test_a_claim_object_is_read_once_and_removed(agent):
    asked = complete(agent, session(agent)).requests
    assert [r for r in asked if r.endswith(f"{CLAIM_OBJECT:08X}")] == [f"read {CLAIM_OBJECT:08X}",
                                                                     f"remove {CLAIM_OBJECT:08X}"]


def test_goodbye_before_anything_else(agent):
    agent.sni = "other.example"
    outcome = session(agent)
    assert (outcome.exit, outcome.requests, outcome.report["update"]) == (UPDATE_FAILED_EXIT, ["goodbye"], SNI_INVALID)
    agent.sni = None
    converges(agent)


def test_a_stranger_is_told_so(cloud):
    root = cloud.maker.roots(1)
    cloud.roots.update(root)
    outcome = session(cloud.agent(next(iter(root))))
    assert outcome.exit == UPDATE_FAILED_EXIT and outcome.report["update"] == NOT_WHITELISTED


def test_closed_after_the_crl(cloud, agent):
    """What the agent does when the CRL lists the service, or does not verify: it is gone, without a word."""
    agent.stop_at = (1, "after")
    outcome = session(agent)
    assert outcome.requests == ["hello", "crl"]
    assert converges(agent).requests.count("crl") == 1


def test_a_container_for_an_agent_without_services(agent):
    complete(agent, session(agent))
    assert bytes(agent.datastores[ID_CUSTOMER].live) == nxp_agent.EMPTY_CONTAINER


# ---- buffers -------------------------------------------------------------------------------------

@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("requests", [1024, 2048])
@pytest.mark.parametrize("responses", [512, 1024, 2048])
def test_small_buffers(agent, responses, requests, several):
    agent.response_buffer, agent.request_buffer, agent.several = responses, requests, several
    outcome = complete(agent, session(agent))
    assert outcome.largest <= requests


@pytest.mark.parametrize("several", [True, False])
def test_a_buffer_too_small_for_an_object(agent, several):
    """What no message can hold is reported and nothing is destroyed for it; the rest arrives."""
    agent.response_buffer, agent.request_buffer, agent.several = 512, 512, several
    agent.psa.objects[ID_CERT] = b"an older one"
    outcome = session(agent)
    assert outcome.exit == UPDATE_FAILED_EXIT and outcome.report["update"] == UPDATE_FAILED
    assert rtp(outcome) == {ID_KEY: 1, ID_AES: 1, ID_CERT: RTP_WRITE_FAILED}
    assert agent.psa.objects[ID_CERT] == b"an older one"
    agent.request_buffer = 4096
    converges(agent)


# ---- endpoints -----------------------------------------------------------------------------------

@pytest.mark.parametrize("stores", [[], [ID_CONNECTION], [ID_CUSTOMER], [ID_CONNECTION, ID_CUSTOMER]])
def test_datastores_that_are_not_there(agent, stores):
    agent.datastores = {number: agent.datastores[number] for number in stores}
    outcome = session(agent)
    assert sorted(agent.psa.objects) == WANTED and outcome.report["update"] == SUCCESS and outcome.exit == 0
    assert [r for r in outcome.requests if "alloc" in r] == ([f"allocate {ID_CUSTOMER:08X}"] * (ID_CUSTOMER in stores))


def test_two_keystores(agent):
    agent.keystores = [ID_KEYSTORE, ID_KEYSTORE + 1]
    assert complete(agent, session(agent)).keystores == {ID_KEYSTORE}


def test_no_keystore(agent):
    agent.keystores = []
    outcome = session(agent)
    assert outcome.exit == UPDATE_FAILED_EXIT and outcome.report["update"] >= 0x10
    agent.keystores = [ID_KEYSTORE]
    converges(agent)


def test_a_new_address_that_its_owner_wrote(cloud, agent):
    """The agent dials what is in its datastore; the service does not mind which way it came."""
    complete(agent, session(agent))
    with Relay(cloud.endpoint["port"]) as relay:
        agent.datastores[ID_CONNECTION].live = bytearray(cloud.connection(agent.certificate_der(), port=relay.port))
        complete(agent, session(agent))
        assert relay.connections == 1


# ---- answers that look different -----------------------------------------------------------------

def framed(answers, width=1):
    out = b"".join(pb.chunk(1, payload, max(width, more)) for payload, more in answers)
    return pb.varint(len(out), width) + out


def with_unknown_fields(answers):
    """At three levels: beside the responses, in a response, in the message of it."""
    extra = pb.number(900, 5) + pb.chunk(901, b"what is this?") + pb.fixed32(902, 1) + pb.fixed64(903, 2)

    def more(payload):
        number, value = pb.fields(payload)[0] if payload else (None, None)
        return payload if number is None else pb.chunk(number, value + extra) + extra
    out = b"".join(pb.chunk(1, more(payload)) for payload, _ in answers) + extra
    return pb.varint(len(out)) + out


TOLERATED = {"over-long varints": lambda n, answers: framed(answers, 5) if answers else b"",
             "unknown fields": lambda n, answers: with_unknown_fields(answers) if answers else b"",
             "empty payload for the version": lambda n, answers: framed([(b"", 1) if n == 3 and i == 0 else a
                                                                        for i, a in enumerate(answers)])}


@pytest.mark.parametrize("how", TOLERATED)
@pytest.mark.parametrize("several", [True, False])
def test_odd_answers_are_understood(agent, how, several):
    change, agent.several = TOLERATED[how], several
    agent.alter = lambda n, answers: change(n, answers) if answers else b""
    complete(agent, session(agent))


WRONG = {"fewer": lambda answers: answers[:-1], "more": lambda answers: answers + answers[-1:],
         "other": lambda answers: answers[:-1] + [(pb.chunk(3, b""), 1) if pb.fields(answers[-1][0])[0][0] != 3
                                                  else (pb.chunk(20, b""), 1)],
         "none": lambda answers: []}


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("message", [1, 2, 3, 4, 5])
def test_answers_to_something_else(cloud, agent, how, message):
    """The session ends, what its message did is unknown, and the next one does it again."""
    broken = []

    def alter(number, answers):
        if number == message and answers:
            broken.append(number)
            return framed(WRONG[how](answers))
        return framed(answers) if answers else b""
    agent.alter = alter
    outcome = session(agent)
    assert broken == ([message] if message < outcome.messages or "goodbye" not in outcome.requests else [])
    if broken:
        assert "goodbye" not in outcome.requests and outcome.exit == nxp_agent.FAILURE_EXIT
    converges(agent)
    assert cloud.service.process.alive()


# ---- statuses ------------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [DOES_NOT_EXIST, ALREADY_EXISTS, GENERIC_ERROR, INVALID_SIGNATURE])
@pytest.mark.parametrize("command", ["import", "destroy", "remove", "read"])
def test_statuses_of_the_keystore(agent, command, status):
    """Every command refused with every status: reported as what it is, put right by the next session."""
    agent.force = lambda name, key_id: status if name == command else None
    if command == "destroy" and status != DOES_NOT_EXIST:
        agent.psa.objects.update({number: b"in the way" for number in WANTED})
    outcome = session(agent)
    gone = command in ("destroy", "remove") and status == DOES_NOT_EXIST
    report = outcome.report
    assert outcome.exit == (0 if gone else UPDATE_FAILED_EXIT), outcome
    if command == "read":
        assert report["claim"][0] == (CLAIM_NOT_FOUND if status == DOES_NOT_EXIST else CLAIM_READ)
        assert agent.psa.objects.keys() == {CLAIM_OBJECT}
    elif command in ("import", "destroy") and not gone:
        assert report["rtp"][0] == RTP_FAILED and set(rtp(outcome).values()) <= {RTP_WRITE_FAILED, RTP_DELETE_FAILED}
    elif command == "remove" and not gone:
        assert report["claim"][0] == CLAIM_DELETE
    if gone and command == "remove":
        del agent.psa.objects[CLAIM_OBJECT]  # as it said
    converges(agent)


def test_a_chip_of_another_key(agent):
    """Its CMAC check fails, as for a blob that was altered on the way."""
    right = agent.psa.root[KEY_MAC]
    agent.psa.root[KEY_MAC] = bytes(32)
    outcome = session(agent)
    assert outcome.exit == UPDATE_FAILED_EXIT and outcome.report["rtp"][0] == RTP_FAILED
    agent.psa.root[KEY_MAC] = right
    converges(agent)
