# SPDX-License-Identifier: Apache-2.0
"""The network breaks at every HTTP exchange of a provisioning: before, in and after the answer."""
import pytest

from tests.helpers.fault_line import FAMILIES
from tests.helpers.faulty_net import HOWS
from tests.helpers.net_cut import NetCuts


@pytest.mark.parametrize("family", FAMILIES)
def test_cut_at_every_exchange(family, place, say):
    cuts = NetCuts(place, family, count=40)
    try:
        for at in range(1, cuts.exchanges + 1):
            for how in HOWS:
                cuts.cut(at, how)
    finally:
        cuts.close()
    assert cuts.exchanges >= 4
    say(f"{family}: {cuts.exchanges} HTTP exchanges, {len(HOWS) * cuts.exchanges} cuts, all healed")
