# SPDX-License-Identifier: Apache-2.0
"""Fixtures: see tests/helpers/fault_fixtures.py."""
from tests.helpers.fault_fixtures import database, place, postgres, say  # noqa: F401
