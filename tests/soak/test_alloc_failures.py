# SPDX-License-Identifier: Apache-2.0
"""
Every place where the unit suite allocates, told apart by a chain of five callers: its first and its
last allocation fail, one run each. EG_SOAK_ALLOC_CALLERS=1 tells places by the one line that calls,
which takes a tenth of the time; EG_SOAK_ALLOC_EVERY=k takes every k-th of them only.
"""
import os

from tests.helpers.alloc_failures import campaign, table

CALLERS = int(os.environ.get("EG_SOAK_ALLOC_CALLERS", "5"))
EVERY = int(os.environ.get("EG_SOAK_ALLOC_EVERY", "1"))


def test_every_failing_allocation_crashes_nothing(place, say):
    rows, findings = campaign(place, lambda sites, seconds: sites[EVERY // 2::EVERY], callers=CALLERS)
    say(table(rows))
    assert not findings, "\n\n".join(findings)
