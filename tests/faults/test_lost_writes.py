# SPDX-License-Identifier: Apache-2.0
"""A kill that also loses what was not synced: durability, not only atomicity."""
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.helpers.fault_line import FaultLine
from tests.helpers.preload import lost_writes
from tests.helpers.storm import Storm

KILLS = 8  # of the service, for each way
ROUNDS = 20  # kills of a chip

COMMIT_AND_DIE = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=" + sys.argv[2])
db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
db.execute("INSERT INTO t VALUES (1)")
assert db.execute("SELECT count(*) FROM t").fetchone() == (1,)
os.kill(os.getpid(), 9)
"""


def rows_left(path):
    """Rows of the table t, 0 if even the table is gone; read without the layer."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        exists = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 't'").fetchone() == (1,)
        return db.execute("SELECT count(*) FROM t").fetchone()[0] if exists else 0


@pytest.mark.parametrize("synchronous, left", [("OFF", 0), ("FULL", 1)])
def test_the_layer_loses_what_was_not_synced(place, synchronous, left):
    """A commit without sync is seen by its program and gone after the kill."""
    python = os.path.basename(os.path.realpath(sys.executable))
    env = {**os.environ, **lost_writes(python, place, "none")}
    path = place / "t.db"
    done = subprocess.run([os.path.realpath(sys.executable), "-c", COMMIT_AND_DIE, path, synchronous],
                          env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows_left(path) == left


@pytest.mark.parametrize("keep", ["none", "any"])
def test_service_loses_nothing_it_answered(keep, place, say):
    seed = time.time_ns()
    storm = Storm(place, None, seed, devices=1500, chips=1,
                  env=lost_writes("engraved", place / "service", keep))
    try:
        storm.run({"service": KILLS}, pause_s=0.5)
        storm.check()
    except BaseException:
        say(f"seed {seed}")
        raise
    finally:
        storm.close()
    say(f"unsynced writes lost ({keep} kept): {storm.figures()}")


@pytest.mark.parametrize("keep", ["none", "prefix"])
def test_chip_is_before_or_after(keep, place, say):
    """The virtual chip: the host is told success only when it is on the disk."""
    seed, rounds, told = time.time_ns(), ROUNDS, 0
    rng = random.Random(seed)
    with FaultLine(place, "rw612", count=rounds) as bench:
        for number in range(rounds):
            chip = bench.chip(env=lost_writes("engrave-vchip", bench.line.chips, keep))
            host = chip.start_provision()
            if number % 4 == 0:
                host.wait()  # the kill comes right after success
            else:
                time.sleep(rng.uniform(0, 0.08))
            success = host.poll() == 0
            chip.kill()
            success = host.wait() == 0 or success
            closed = chip.silicon().closed()
            assert closed or not success, f"seed {seed}: success was told and is lost"
            told += success
            chip.env = {}
            chip.start()
            chip.must_provision()
            chip.check_once()
            chip.stop()
    assert told >= ROUNDS / 4
    say(f"chip, unsynced writes lost ({keep} kept): {rounds} kills, success told {told} times, never lost")
