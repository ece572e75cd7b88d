# SPDX-License-Identifier: Apache-2.0
"""The connection datastore of NXP's agent, rewritten by the service: another host, other roots, and the way back."""
import datetime
import socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers import protobuf as pb
from tests.helpers.cloud import Cloud, certificates_of
from tests.helpers.mbedtls_line import mbedtls_agent
from tests.helpers.nxp_agent import ID_CONNECTION, ID_CUSTOMER, ID_KEYSTORE, UPDATE_FAILED_EXIT, descriptors
from tests.helpers.relay import Relay
from tests.helpers.simulated_psa import CLAIM_OBJECT

STORE = f"{ID_CONNECTION:08X}"
CONNECTION_KEY = 0x7FFF816C
GENERIC_ERROR = -132


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    with Cloud(tmp_path_factory.mktemp("connection"), count=30) as made:
        made.usual_objects()
        made.fresh = list(made.chips)
        yield made
        assert made.service.process.alive()


@pytest.fixture(autouse=True)
def nothing_left(cloud):
    yield
    cloud.service.delete(cloud.path("/connection"))


@pytest.fixture(name="agent", params=["1.2", "1.3"])
def fixture_agent(cloud, request):
    return member(cloud, tls=request.param)


def member(cloud, **more):
    """In the group, with all its objects, connected once."""
    uuid = cloud.fresh.pop()
    cloud.assign(uuid)
    agent = cloud.agent(uuid, **more)
    good(agent.run())
    return agent


def good(outcome):
    assert (outcome.exit, outcome.log) == (0, ""), outcome
    return outcome


def own(cloud):
    """(hostname, port) of the service's own endpoint."""
    return cloud.endpoint["hostname"], cloud.endpoint["port"]


def roots_der(pem):
    return b"".join(c.public_bytes(Encoding.DER) for c in certificates_of(pem))


def move(cloud, port, hostname="localhost", roots=None):
    cloud.service.put(cloud.path("/connection"),
                      {"hostname": hostname, "port": port, "roots": roots or cloud.endpoint["roots"]})
    return hostname, port


def asked(outcome):
    """What was done with the connection datastore."""
    return [r.split()[0] for r in outcome.requests if r.endswith(f" {STORE}")]


def rewritten(outcome):
    operations = asked(good(outcome))
    assert operations[0] == "allocate" and operations[-1] == "commit"
    assert set(operations[1:-1]) == {"write"} and outcome.report["csp"][0] == 1
    return outcome


def left_alone(outcome):
    assert asked(good(outcome)) == []
    return outcome


def places(agent):
    return [dial[:2] for dial in agent.dials()]


def closed_port():
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


# ---- another host --------------------------------------------------------------------------------

def test_rewritten_by_the_service_and_used_by_the_next_run(cloud, agent):
    shown = agent.connection().certificate
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        assert rewritten(agent.run()).dialed == [own(cloud)] and relay.connections == 0
        told = cloud.device(agent.psa.uuid.hex())["cloud"]
        assert told["cspStatus"] == "SUCCESS" and told["upToDate"], told
        for n in range(2):
            assert left_alone(agent.run()).dialed == [new] and relay.connections == n + 1
    assert places(agent) == [new, own(cloud)]
    for text in descriptors(bytes(agent.datastores[ID_CONNECTION].live)):
        found = dict(pb.fields(text))
        assert 2 not in found and found[20] == shown and found[21] == roots_der(cloud.endpoint["roots"])
        assert dict(pb.fields(found[52])) == {1: 21, 2: ID_KEYSTORE, 3: CONNECTION_KEY}


def test_a_new_host_that_nobody_can_reach(cloud, agent):
    """The next descriptor is the endpoint it came from; nothing is written again for that."""
    new = move(cloud, closed_port())
    rewritten(agent.run())
    for _ in range(3):
        assert left_alone(agent.run()).dialed == [new, own(cloud)]
    with Relay(cloud.endpoint["port"]) as relay:
        better = move(cloud, relay.port)
        assert rewritten(agent.run()).dialed == [new, own(cloud)]
        assert left_alone(agent.run()).dialed == [better]


def test_a_claim_and_a_move_in_one_session(cloud):
    uuid = cloud.fresh.pop()
    agent = cloud.agent(uuid, cloud.claim_code(name=uuid))
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        rewritten(agent.run())
        assert CLAIM_OBJECT not in agent.psa.objects and left_alone(agent.run()).dialed == [new]


def test_sessions_that_fail(cloud):
    """One that fails may have moved the device. At the new host it tries the next descriptor at once: one more session
    of the same device, which changes nothing."""
    uuid = cloud.fresh.pop()
    cloud.assign(uuid)
    agent = cloud.agent(uuid)
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        agent.force = lambda command, key_id: GENERIC_ERROR if command == "import" else None
        outcome = agent.run()
        assert (outcome.exit, outcome.dialed) == (UPDATE_FAILED_EXIT, [own(cloud)])
        assert places(agent) == [new, own(cloud)]
        outcome = agent.run()
        assert (outcome.exit, outcome.dialed) == (UPDATE_FAILED_EXIT, [new, own(cloud)]) and not asked(outcome)
        agent.force = None
        assert left_alone(agent.run()).dialed == [new] and len(agent.psa.objects) == 3


# ---- other roots ---------------------------------------------------------------------------------

def stranger_root():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a root of tomorrow")])
    now = datetime.datetime(2022, 1, 1)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(7).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=36500))
            .add_extension(x509.BasicConstraints(True, None), critical=True).sign(key, hashes.SHA256()))
    return made.public_bytes(Encoding.PEM).decode()


def test_new_roots(cloud, agent):
    """Two roots at once, as while moving from one to the other; then one that does not know the service yet."""
    both = cloud.endpoint["roots"] + stranger_root()
    here = move(cloud, cloud.endpoint["port"], roots=both)
    rewritten(agent.run())
    assert [d.roots for d in agent.dials()] == [roots_der(both), roots_der(cloud.endpoint["roots"])]
    assert left_alone(agent.run()).dialed == [here]
    move(cloud, cloud.endpoint["port"], roots=stranger_root())
    rewritten(agent.run())
    assert left_alone(agent.run()).dialed == [here, here]  # its own root does not vouch for the service


# ---- only when it changed ------------------------------------------------------------------------

def test_another_signature_of_the_device_is_no_change(cloud, agent):
    with Relay(cloud.endpoint["port"]) as relay:
        move(cloud, relay.port)
        rewritten(agent.run())
        before = agent.connection().certificate
        agent.sign_again()
        service = cloud.service.post(cloud.path("/services"), {
            "name": "files", "type": "CUSTOM", "protocol": "HTTPS", "hostname": "files.example", "port": 443,
            "keyPairId": cloud.objects["key"], "certificateId": cloud.objects["certificate"]})["id"]
        outcome = left_alone(agent.run())
        assert f"commit {ID_CUSTOMER:08X}" in outcome.requests, "it did look at what is to be written"
        move(cloud, closed_port())
        rewritten(agent.run())
        assert {d.certificate for d in agent.dials()} == {agent.connection().certificate} != {before}
        cloud.service.delete(cloud.path(f"/services/{service}"))


def test_withdrawn(cloud, agent):
    """It keeps what it has, which ends with the service's own endpoint; naming that brings it back for good."""
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        rewritten(agent.run())
        cloud.service.delete(cloud.path("/connection"))
        assert left_alone(agent.run()).dialed == [new]
    assert left_alone(agent.run()).dialed == [new, own(cloud)]
    move(cloud, cloud.endpoint["port"])
    rewritten(agent.run())
    assert places(agent) == [own(cloud)] and left_alone(agent.run()).dialed == [own(cloud)]


def test_an_agent_without_its_stores(cloud):
    """No keystore: it could not show a certificate. No datastore: there is nothing to write to."""
    agent = member(cloud)
    held = bytes(agent.datastores[ID_CONNECTION].live)
    move(cloud, closed_port())
    agent.keystores = []
    assert asked(agent.run()) == [] and bytes(agent.datastores[ID_CONNECTION].live) == held
    agent.keystores, store = [ID_KEYSTORE], agent.datastores.pop(ID_CONNECTION)
    assert left_alone(agent.run()).dialed == [own(cloud)]
    agent.datastores[ID_CONNECTION] = store
    rewritten(agent.run())


# ---- while it is written -------------------------------------------------------------------------

@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("requests", [512, 1024])
def test_small_buffers(cloud, requests, several):
    agent = member(cloud)
    agent.response_buffer, agent.request_buffer, agent.several = 512, requests, several
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        outcome = rewritten(agent.run())
        assert outcome.largest <= requests and asked(outcome).count("write") > 1
        assert places(agent) == [new, own(cloud)] and left_alone(agent.run()).dialed == [new]


def test_power_lost_at_every_message_of_the_rewriting_session(cloud):
    """Before and after each message, and after each answer: what it holds is whole, the old or the new."""
    agent = member(cloud)
    agent.request_buffer = 1024  # the container takes several messages
    with Relay(cloud.endpoint["port"]) as one, Relay(cloud.endpoint["port"]) as other:
        move(cloud, one.port)
        messages = rewritten(agent.run()).messages
        relays, cuts, kept, moved = [other, one], 0, 0, 0
        for number in range(1, messages + 1):
            for side in ("before", "after", "sent"):
                before = bytes(agent.datastores[ID_CONNECTION].live)
                new = move(cloud, relays[0].port)
                agent.stop_at = (number, side)
                agent.run()
                agent.stop_at = None
                now = bytes(agent.datastores[ID_CONNECTION].live)
                assert descriptors(now) is not None and (now == before or places(agent) == [new, own(cloud)])
                kept, moved, cuts = kept + (now == before), moved + (now != before), cuts + 1
                good(agent.run())
                assert places(agent) == [new, own(cloud)] and left_alone(agent.run()).dialed == [new]
                relays.reverse()
    assert messages > 4 and kept > 3 and moved > 0, (messages, kept, moved)
    print(f"{cuts} cuts at {messages} messages: {kept} kept the old data, {moved} had the new")


# ---- with mbedTLS --------------------------------------------------------------------------------

def test_short_records_of_mbedtls(cloud, tmp_path):
    uuid = cloud.fresh.pop()
    agent = mbedtls_agent(cloud, uuid, tmp_path, cloud.claim_code(name=uuid), fragment=2048)
    good(agent.run())
    with Relay(cloud.endpoint["port"]) as relay:
        new = move(cloud, relay.port)
        rewritten(agent.run())
        assert left_alone(agent.run()).dialed == [new] and relay.connections == 1
        assert agent.line.fragment == 2048
    assert left_alone(agent.run()).dialed == [new, own(cloud)]


# ---- a host of another name ----------------------------------------------------------------------

def test_a_service_that_moves_to_another_name(tmp_path):
    """Told first, renamed then. Nobody answers to the old name after that, and nobody has to."""
    with Cloud(tmp_path) as cloud:
        cloud.usual_objects()
        cloud.fresh = list(cloud.chips)
        agent = member(cloud)
        old, new = own(cloud), move(cloud, cloud.endpoint["port"], "new.example")
        rewritten(agent.run())
        agent.hosts[new[0]] = "127.0.0.2"  # not there yet: nobody listens
        assert left_alone(agent.run()).dialed == [new, old]
        cloud.service.extra += ["--device-name", new[0]]
        cloud.service.restart()
        assert cloud.service.get("/api/v1/device-endpoint")["hostname"] == new[0]
        agent.hosts[new[0]] = "127.0.0.1"
        assert left_alone(agent.run()).dialed == [new]
