# SPDX-License-Identifier: Apache-2.0
"""The service, or its vault workers, killed at each message of a session: the next one converges, nothing is doubled,
no unit of a claim code or of a quota is lost. More moments of each: tests/soak/test_sessions.py."""
import pytest

from tests.helpers.agent_device import psa_device
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.relay import Relay
from tests.helpers.session_kills import SessionKills

MESSAGES = 6


@pytest.fixture(name="kills")
def fixture_kills(request, tmp_path):
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database(f"k{abs(hash(request.node.nodeid)) % 10**9}")
    running = SessionKills(tmp_path, url, chips=3 * MESSAGES)
    yield running
    running.close()


@pytest.mark.parametrize("kills, sides", [("sqlite", ("before", "sent")), ("postgresql", ("sent",))],
                         indirect=["kills"])
def test_service_killed_at_every_message(kills, sides):
    kills.every_message("service", sides=sides)
    kills.check()
    assert kills.cuts == len(sides) * kills.messages - 1


@pytest.mark.parametrize("kills", ["sqlite"], indirect=True)
def test_vault_killed_while_the_service_waits_for_it(kills):
    kills.every_message("vault", sides=("before",))
    kills.check()
    assert kills.cuts == kills.messages


class AgentKills:
    """engrave-agent behind a relay that kills the service at one piece of what it sends."""

    def __init__(self, cloud, relay, folder):
        self.cloud, self.relay, self.folder = cloud, relay, folder
        self.code = cloud.claim_code(limit=len(cloud.chips))
        self.left = list(cloud.chips)
        self.done = []

    def device(self):
        """On a fresh chip with the claim code."""
        uuid = self.left.pop()
        return psa_device(self.cloud, uuid, self.folder / uuid).connect(port=self.relay.port).inject(self.code)

    def cut(self, device, at):
        """Was it reached? Then the service is dead and up again."""
        hit = []

        def watch(number, side):
            if (number, side) == at:
                hit.append(at)
                self.cloud.service.kill()
        self.relay.watch = watch
        device.once()
        self.relay.watch = None
        if hit:
            self.cloud.service.start()
        return bool(hit)

    def converges(self, device):
        said = device.once()
        assert said["exit"] == 0, said
        assert sorted(device.objects()) == [ID_KEY, ID_CERT, ID_AES]
        self.done.append(device)


def test_service_killed_at_every_piece_that_our_agent_gets(tmp_path):
    """First sessions, and (the same chips) updates, in which work comes with hello."""
    with Cloud(tmp_path, count=30) as cloud, Relay(cloud.endpoint["port"]) as relay:
        cloud.usual_objects()
        kills = AgentKills(cloud, relay, tmp_path)
        reached = number = 1
        while reached:
            reached = 0
            for side in ("before", "after"):
                device = kills.device()
                reached += kills.cut(device, (number, side))
                kills.converges(device)
            number += 1
        assert number > 4, "handshake, hello, objects, goodbye"
        code, = cloud.service.get(cloud.path("/claim-codes"))["content"]
        assert code["used"] == len(kills.done)
        cloud.create("more", "MASTER_KEY", ID_AES + 1, keySize="AES256")
        for at, device in enumerate(kills.done):
            kills.cut(device, (at // 2 + 1, ("before", "after")[at % 2]))
            assert device.once()["exit"] == 0
            assert sorted(device.objects()) == [ID_KEY, ID_CERT, ID_AES, ID_AES + 1]
            held = cloud.device(device.uuid)["objects"]
            assert sorted((int(o["objectId"]), o["state"]) for o in held) == \
                [(i, "CONFIRMED") for i in (ID_KEY, ID_CERT, ID_AES, ID_AES + 1)]
