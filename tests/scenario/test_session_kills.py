# SPDX-License-Identifier: Apache-2.0
"""The service, or its vault workers, killed at each message of a session: the next one converges, nothing is doubled,
no unit of a claim code or of a quota is lost. More moments of each: tests/soak/test_sessions.py."""
import pytest

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
