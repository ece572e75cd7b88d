# SPDX-License-Identifier: Apache-2.0
"""The power goes before write n of a provisioning; engraved, engrave-vchip, engrave host. Every n, on the
families that share most of their code with another every third and the last; tests/soak takes all of all."""
import pytest

from tests.helpers.fault_line import FAMILIES
from tests.helpers.power_cut import PowerCuts

EVERY = {"kw45b41z8": 3, "mimx9352": 3}


@pytest.mark.parametrize("family", FAMILIES)
def test_writes_of_a_provisioning(family, place, say):
    cuts = PowerCuts(place, family)
    chosen = sorted({*range(0, cuts.writes, EVERY.get(family, 1)), cuts.writes - 1})
    try:
        for n in chosen:
            cuts.cut(n)
    finally:
        cuts.close()
    assert cuts.writes > 15
    say(f"{family}: {cuts.writes} writes, {len(chosen)} cuts, all healed")
