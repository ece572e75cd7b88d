# SPDX-License-Identifier: Apache-2.0
"""Every cut of power, and power cut again while a first cut is healed; every message of the line."""
import os

import pytest

from tests.helpers.cable_cut import CableCuts
from tests.helpers.fault_line import FAMILIES
from tests.helpers.faulty_line import HOWS
from tests.helpers.power_cut import PowerCuts

SECOND_EVERY = int(os.environ.get("EG_SOAK_SECOND_CUT_EVERY", "3"))


@pytest.mark.parametrize("family", FAMILIES)
def test_power_goes_twice(family, place, say):
    cuts = PowerCuts(place, family)
    pairs = 0
    try:
        for first in range(cuts.writes):
            for second in range(first % SECOND_EVERY, cuts.writes, SECOND_EVERY):
                cuts.cut(first, second)
                pairs += 1
    finally:
        cuts.close()
    say(f"{family}: {cuts.writes} writes, {pairs} pairs of cuts, all healed")


@pytest.mark.parametrize("family", FAMILIES)
def test_cable_breaks_at_every_message(family, place, say):
    cuts = CableCuts(place, family, count=300)
    try:
        for at in range(1, cuts.messages + 1):
            for how in HOWS:
                cuts.cut(at, how)
    finally:
        cuts.close()
    say(f"{family}: {cuts.messages} messages on the line, {len(HOWS) * cuts.messages} cuts, all healed")
