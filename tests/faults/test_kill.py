# SPDX-License-Identifier: Apache-2.0
"""200 times kill -9 under load; tests/soak has the thousands."""
import time

from tests.helpers.storm import Storm

KILLS = {"service": 36, "vault": 32, "host": 32}  # on each back end


def test_kill_at_random_under_load(database, place, say):
    seed = time.time_ns()
    storm = Storm(place, database, seed)
    try:
        storm.run(KILLS)
        storm.check()
    except BaseException:
        say(f"seed {seed}")
        raise
    finally:
        storm.close()
    assert sum(storm.killed.values()) == 100
    say(f"{'postgresql' if database else 'sqlite'}: {storm.figures()}")
