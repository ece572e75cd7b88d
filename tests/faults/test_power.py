# SPDX-License-Identifier: Apache-2.0
"""The power goes before write n of a provisioning, for every n; engraved, engrave-vchip, engrave host."""
import pytest

from tests.helpers.fault_line import FAMILIES
from tests.helpers.power_cut import PowerCuts


@pytest.mark.parametrize("family", FAMILIES)
def test_every_write_of_a_provisioning(family, place, say):
    cuts = PowerCuts(place, family)
    try:
        for n in range(cuts.writes):
            cuts.cut(n)
    finally:
        cuts.close()
    assert cuts.writes > 5
    say(f"{family}: {cuts.writes} writes, cut before each, all healed")
