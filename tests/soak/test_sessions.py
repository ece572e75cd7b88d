# SPDX-License-Identifier: Apache-2.0
"""Sessions cut by kills of the service and of its vault workers: every message, every side, moments between."""
from tests.helpers.session_kills import SessionKills

DELAYS_S = (0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032)  # behind the message: other points of the service's work


def campaign(place, database, say, victim, delays, tls):
    kills = SessionKills(place, database, chips=3 * 6 * len(delays))
    try:
        kills.every_message(victim, delays, tls=tls)
        kills.check()
    finally:
        kills.close()
    say(f"{'postgresql' if database else 'sqlite'}, TLS {tls}: {kills.cuts} kills of the {victim} at "
        f"{kills.messages} messages")


def test_service_killed(database, place, say):
    campaign(place, database, say, "service", DELAYS_S, "1.2")


def test_service_killed_over_tls_1_3(database, place, say):
    campaign(place, database, say, "service", DELAYS_S[:2], "1.3")


def test_vault_killed(database, place, say):
    campaign(place, database, say, "vault", DELAYS_S, "1.2")
