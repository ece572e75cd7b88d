# SPDX-License-Identifier: Apache-2.0
"""A thousand kill -9 each of service, vault workers and hosts under load, on each back end."""
import os
import time

from tests.helpers.storm import Storm

EACH = int(os.environ.get("EG_SOAK_KILLS", "1000"))  # of each victim


def test_kill_at_random_under_load(database, place, say):
    seed = int(os.environ.get("EG_SOAK_SEED", time.time_ns()))
    storm = Storm(place, database, seed, devices=20 * EACH, chips=40)
    try:
        storm.run({"service": EACH, "vault": EACH, "host": EACH})
        storm.check()
    except BaseException:
        say(f"seed {seed}")
        raise
    finally:
        storm.close()
    assert sum(storm.killed.values()) == 3 * EACH
    say(f"{'postgresql' if database else 'sqlite'}: {storm.figures()}")
