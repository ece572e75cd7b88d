# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the scenarios: real programs, free ports, temporary folders, both databases."""
import pytest

from tests.helpers.postgres import Postgres
from tests.helpers.service import Service


@pytest.fixture(scope="session")
def postgres():
    """One private PostgreSQL cluster for the whole file; ask it for a database per test."""
    with Postgres() as cluster:
        yield cluster


@pytest.fixture
def service(tmp_path):
    """A fresh engraved on SQLite; the test fails when it does not shut down cleanly."""
    running = Service(tmp_path / "engraved")
    yield running
    assert running.stop() == 0, running.process.log_text()[-4000:]


@pytest.fixture(params=["sqlite", "postgresql"])
def any_service(request, tmp_path):
    """Like `service`, once on each database."""
    url = None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database(f"t{abs(hash(request.node.nodeid)) % 10**9}")
    running = Service(tmp_path / "engraved", database=url)
    yield running
    assert running.stop() == 0, running.process.log_text()[-4000:]
