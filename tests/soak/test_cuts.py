# SPDX-License-Identifier: Apache-2.0
"""Every cut of power, and power cut again while a first cut is healed; every message of the line; every
HTTP exchange. Each for all families."""
import os

import pytest

from tests.helpers.cable_cut import CableCuts
from tests.helpers.fault_line import FAMILIES
from tests.helpers.faulty_line import HOWS
from tests.helpers.faulty_net import HOWS as NET_HOWS
from tests.helpers.net_cut import NetCuts
from tests.helpers.power_cut import PowerCuts

SECOND_EVERY = int(os.environ.get("EG_SOAK_SECOND_CUT_EVERY", "3"))


@pytest.mark.parametrize("family", FAMILIES)
def test_power_goes_once_and_twice(family, place, say):
    cuts = PowerCuts(place, family)
    pairs = 0
    try:
        for first in range(cuts.writes):
            cuts.cut(first)
            for second in range(first % SECOND_EVERY, cuts.writes, SECOND_EVERY):
                cuts.cut(first, second)
                pairs += 1
    finally:
        cuts.close()
    say(f"{family}: {cuts.writes} writes, cut before each; {pairs} pairs of cuts, all healed")


@pytest.mark.parametrize("family", FAMILIES)
def test_cable_breaks_at_every_message(family, place, say):
    cuts = CableCuts(place, family, count=3200)  # three for each message, of which a console has 900
    try:
        for at in range(1, cuts.messages + 1):
            for how in HOWS:
                cuts.cut(at, how)
    finally:
        cuts.close()
    say(f"{family}: {cuts.messages} messages on the line, {len(HOWS) * cuts.messages} cuts, all healed")


@pytest.mark.parametrize("family", FAMILIES)
def test_network_breaks_at_every_exchange(family, place, say):
    cuts = NetCuts(place, family, count=40)
    try:
        for at in range(1, cuts.exchanges + 1):
            for how in NET_HOWS:
                cuts.cut(at, how)
    finally:
        cuts.close()
    say(f"{family}: {cuts.exchanges} HTTP exchanges, {len(NET_HOWS) * cuts.exchanges} cuts, all healed")
