# SPDX-License-Identifier: Apache-2.0
"""Leases of nodes whose clocks are wrong."""
import pytest

from tests.helpers.lease_case import die_and_take_over, work_while_the_other_is_ahead
from tests.helpers.preload import YEAR_S


@pytest.mark.parametrize("years", [1, -1])
def test_node_dies_with_a_wrong_clock(years, postgres, place, say):
    database = postgres.create_database(f"lease{years % 3}")
    took = die_and_take_over(database, place, years * YEAR_S)
    say(f"node died with its clock {years:+} year: job finished by the other after {took:.0f} s")


def test_two_nodes_at_one_job_store_it_once(postgres, place, say):
    taken = work_while_the_other_is_ahead(postgres.create_database("ahead"), place)
    assert taken >= 1
    say(f"node an hour ahead took {taken} job of the other over while it worked: every object once")
