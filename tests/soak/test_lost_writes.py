# SPDX-License-Identifier: Apache-2.0
"""Hundreds of kills that also lose what was not synced."""
import os
import time

import pytest

from tests.helpers.preload import lost_writes
from tests.helpers.storm import Storm

KILLS = int(os.environ.get("EG_SOAK_LOST_KILLS", "150"))


@pytest.mark.parametrize("keep", ["none", "any"])
def test_service_loses_nothing_it_answered(keep, place, say):
    seed = int(os.environ.get("EG_SOAK_SEED", time.time_ns()))
    storm = Storm(place, None, seed, chips=1, env=lost_writes("engraved", place / "service", keep))
    try:
        storm.run({"service": KILLS}, pause_s=0.3)
        storm.check()
    except BaseException:
        say(f"seed {seed}")
        raise
    finally:
        storm.close()
    say(f"unsynced writes lost ({keep} kept): {storm.figures()}")
