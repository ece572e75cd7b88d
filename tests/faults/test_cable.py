# SPDX-License-Identifier: Apache-2.0
"""The cable breaks before, in and after messages of a provisioning; tests/soak takes every message."""
import pytest

from tests.helpers.cable_cut import CableCuts
from tests.helpers.fault_line import FAMILIES
from tests.helpers.faulty_line import HOWS

EVERY = 4  # all messages come up, each with one of the ways, over four neighbours


@pytest.mark.parametrize("family", FAMILIES)
def test_cut_at_messages_of_the_line(family, place, say):
    cuts = CableCuts(place, family, count=120)
    try:
        done = [(at, HOWS[at // EVERY % 3]) for at in range(1, cuts.messages + 1, EVERY)]
        done += [(cuts.messages, how) for how in HOWS]
        for at, how in done:
            cuts.cut(at, how)
    finally:
        cuts.close()
    assert cuts.messages > 20
    say(f"{family}: {cuts.messages} messages on the line, {len(done)} cuts, all healed")
