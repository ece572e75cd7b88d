# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the fault campaigns in tests/faults and tests/soak."""
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.helpers.postgres import Postgres

BACK_ENDS = ["sqlite", "postgresql"]


@pytest.fixture
def place():
    """A folder with a short name: the path of a Unix socket has 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="egf"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres():
    """One private PostgreSQL cluster; ask it for a database per test."""
    with Postgres() as cluster:
        yield cluster


@pytest.fixture(params=BACK_ENDS)
def database(request):
    """URL of a new database, None for SQLite."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgres").create_database(f"t{abs(hash(request.node.nodeid)) % 10**9}")


@pytest.fixture
def say(capsys):
    """Print past pytest's capture: the figures of a campaign are its result."""
    def line(text):
        with capsys.disabled():
            print(f"\n{text}", flush=True)
    return line
