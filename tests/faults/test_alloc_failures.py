# SPDX-License-Identifier: Apache-2.0
"""No allocation of the unit suite that fails takes the program with it: a sample of all places."""
from tests.helpers.alloc_failures import campaign, table

RUNS_MAX = 40  # per program
SECONDS = 1.5  # per program, about


def sample(sites, seconds):
    """Every k-th place, k such that the runs fit."""
    runs = max(1, min(RUNS_MAX, int(SECONDS / seconds)))
    step = max(1, -(-len(sites) // runs))
    return sites[step // 2::step]


def test_a_failing_allocation_crashes_nothing(place, say):
    rows, findings = campaign(place, sample, thin=64)
    say(table(rows))
    assert not findings, "\n\n".join(findings)
    assert sum(row[2] for row in rows) > len(rows)
