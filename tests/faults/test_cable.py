# SPDX-License-Identifier: Apache-2.0
"""The cable breaks before, in and after messages of a provisioning; tests/soak takes every message."""
import pytest

from tests.helpers.cable_cut import CableCuts
from tests.helpers.fault_line import FAMILIES
from tests.helpers.faulty_line import HOWS

SHORT = 100  # messages of a McuBoot line; a console writes the objects word by word, which is many alike
FEW = 16


def some(messages):
    """Every fourth of a short line; of a long one every so many-th, and its end, each with one of the ways."""
    if messages <= SHORT:
        return [(at, HOWS[at // 4 % 3]) for at in range(1, messages + 1, 4)]
    step = messages // FEW
    return [(at, HOWS[at // step % 3]) for at in range(1, messages - FEW, step)] + \
           [(at, HOWS[at % 3]) for at in range(messages - FEW, messages)]


@pytest.mark.parametrize("family", FAMILIES)
def test_cut_at_messages_of_the_line(family, place, say):
    cuts = CableCuts(place, family, count=120)
    try:
        done = some(cuts.messages) + [(cuts.messages, how) for how in HOWS]
        for at, how in done:
            cuts.cut(at, how)
    finally:
        cuts.close()
    assert cuts.messages > 20
    say(f"{family}: {cuts.messages} messages on the line, {len(done)} cuts, all healed")
