#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Does anything grow with the number of devices? ./dev bench scale [DEVICES] [--only sqlite|postgresql]

A service that knows 1,000 devices and one that knows DEVICES (1,000,000): time to start, memory, and the
50th and 99th percentile in milliseconds of one assignment (request until the device's objects are stored),
of one download, and of a page of 100 of the device list by each filter: pages in a row by number (by token in the
lists by cloud state), jumps as far as they are answered (JUMP_MAX devices) and beyond (refused), and places anywhere
by token. A few real devices are made and fetched; the others come straight into the database (bench_fill). One client on this machine, so its own time is in every figure.
Writes build/bench/scale.json.
"""
import argparse
import random
import shutil
import subprocess
import time

from tests.helpers import figures
from tests.helpers.factory import Factory
from tests.helpers.paths import program
from tests.helpers.postgres import Postgres

SMALL = 1000
GOALS = {"start_s": 2.0, "page_p99_ms": 50.0}
NC12 = 999340000274
REAL = 400
PAGE = 100
JUMP_MAX = 10000  # EG_PAGE_JUMP_MAX
ROUNDS = 200
BY_TOKEN = {"never connected", "never connected, in group", "expiring"}  # by number their pages are counted off
MAY_BE_EMPTY = {"search", "state, none", "state, rare", "group and state", "never connected",
                "never connected, in group"}  # among few devices


class Timer:
    """Milliseconds of calls, by name."""

    def __init__(self):
        self.ms = {}

    def __call__(self, name, call):
        start = time.perf_counter()
        result = call()
        self.ms.setdefault(name, []).append((time.perf_counter() - start) * 1000)
        return result

    def figures(self):
        return {name: {"p50_ms": round(figures.percentile(ms, 50), 2), "p99_ms": round(figures.percentile(ms, 99), 2),
                       "calls": len(ms)} for name, ms in self.ms.items()}


def fill(factory, database, count):
    """More devices than anybody could make in the time, while the service is down."""
    factory.service.stop()
    url = database or f"sqlite:{factory.service.data / 'engrave.db'}"
    subprocess.run([str(program("bench_fill")), url, str(count)], check=True)
    if database:  # what autovacuum would be doing all through the measurement
        subprocess.run(["psql", "-q", "-d", database, "-c", "VACUUM ANALYZE"], check=True)


def restart(factory):
    """Seconds from exec to the line that says it is ready; the best of three, files are in memory."""
    took = []
    for _ in range(3):
        if factory.service.process.alive():
            factory.service.stop()
        start = time.perf_counter()
        factory.service.start()
        took.append(time.perf_counter() - start)
    return min(took)


def assign_and_fetch(factory, line, ids, timer):
    """Devices one by one: assign, wait until made, download."""
    service = factory.service

    def assign(device):
        service.post(line.path("/devices"), {"deviceIds": [device]})
        states = service.get(f"/api/v1/rtp/devices/{device}/secure-object-provisionings", wait=20)["content"]
        assert {s["provisioningState"] for s in states} == {"GENERATION_COMPLETED"}, states

    def download(device):
        (answer,) = service.post(f"/api/v1/rtp/device-groups/{line.group}/devices/download-provisionings",
                                 {"productHardwareFamilyType": "MCXN", "deviceIds": [device]})
        assert len(answer["rtpProvisionings"]) == 4

    for device in ids:
        timer("assign one", lambda d=device: assign(d))
        timer("download one", lambda d=device: download(d))
        timer("look at one", lambda d=device: service.get(f"/api/v1/devices/{d}"))


def filters(service):
    """Every filter of the list alone, and those that belong together."""
    groups = [g["id"] for g in service.get("/api/v1/products/935000000099/device-groups")["content"]]
    return {
        "no filter": {},
        "search": {},  # a prefix is drawn for every page
        "family": {"family": "mcxn947"},
        "rare family": {"family": "rw612"},
        "group": {"group": groups[0]},
        "state, in no group": {"state": "REGISTERED"},
        "state, common": {"state": "GENERATION_COMPLETED"},
        "state, rare": {"state": "GENERATION_FAILED"},
        "state, none": {"state": "PROVISIONING_FAILED"},
        "group and state": {"group": groups[1], "state": "GENERATION_FAILED"},
        "never connected": {"neverConnected": "true"},
        "never connected, in group": {"neverConnected": "true", "group": groups[1]},
        "expiring": {"expiresWithinDays": 400},
    }


def jump(service, name, query, draw, total, timer):
    """To a page as far as it is answered, to one beyond, and to any place by token."""
    near = draw.randrange(1 + min(total, JUMP_MAX) // PAGE)
    timer(f"list: jump, {name}", lambda: service.get("/api/v1/devices", size=PAGE, page=near, **query))
    if total > 2 * JUMP_MAX and name != "group":
        far = draw.randrange(JUMP_MAX // PAGE + 1, total // PAGE)
        answer = timer("list: jump refused", lambda: service.call("GET", "/api/v1/devices", size=PAGE, page=far))
        assert answer.status_code in (200, 422), answer.text  # 200: nobody but a walk came here
    token = f"{draw.getrandbits(128):032x}" + 32 * "0"
    timer("list: by token", lambda: service.get("/api/v1/devices", size=PAGE, after=token, **query))


def list_pages(service, name, query, rounds, total, timer):
    """Pages in a row and pages anywhere."""
    draw = random.Random(1)
    place, seen = {"page": 0}, 0
    for _ in range(rounds):
        if name == "search":
            query = {"search": f"{draw.randrange(16 ** 3):03x}"}
        answer = timer(f"list: {name}", lambda: service.get("/api/v1/devices", size=PAGE, **place, **query))
        seen += len(answer["content"])
        token = answer["nextToken"] if name in BY_TOKEN else None
        place = {"after": token} if token else {"page": 0 if name in BY_TOKEN else answer["next"] or 0}
        if not query or name == "group":
            jump(service, name, query, draw, total, timer)
    assert seen > 0 or name in MAY_BE_EMPTY, name


def measure(folder, count, rounds, database=None):
    shutil.rmtree(folder, ignore_errors=True)
    with Factory(folder, database=database) as factory:
        line = factory.add_line("mcxn947", NC12, count=min(REAL, rounds), manifest_only=True)
        ids = [d["id"] for d in factory.service.get("/api/v1/devices", size=500)["content"]]
        fill(factory, database, count - len(ids))
        start_s = restart(factory)
        pids = figures.family(factory.service.process.pid)
        timer = Timer()
        result = {"devices": count, "start_s": round(start_s, 2), "rss_mb_at_start": figures.status_mb(pids, "VmRSS")}
        assign_and_fetch(factory, line, ids, timer)
        for name, query in filters(factory.service).items():
            list_pages(factory.service, name, query, rounds, count, timer)
        result["rss_mb_at_end"] = figures.status_mb(figures.family(factory.service.process.pid), "VmRSS")
        result["calls"] = timer.figures()
    shutil.rmtree(folder, ignore_errors=True)
    return result


def beside(small, large):
    """What the larger one costs, as a multiple of the smaller one."""
    return {name: {p: round(large["calls"][name][p] / small["calls"][name][p], 1) for p in ("p50_ms", "p99_ms")}
            for name in large["calls"] if name in small["calls"]}


def both(folder, devices, rounds, database):
    small = measure(folder, min(SMALL, devices), rounds, database())
    large = measure(folder, devices, rounds, database())
    worst = max(c["p99_ms"] for name, c in large["calls"].items() if name.startswith("list"))
    return {"small": small, "large": large, "times_as_much": beside(small, large), "page_p99_ms": worst,
            "goals_met": large["start_s"] < GOALS["start_s"] and worst < GOALS["page_p99_ms"]}


def on_postgres(folder, devices, rounds):
    with Postgres(durable=True) as cluster:
        names = iter(("small", "large"))
        return both(folder, devices, rounds, lambda: cluster.create_database(next(names)))


def main():
    p = argparse.ArgumentParser(description="start, memory, and requests with many devices known")
    p.add_argument("devices", nargs="?", type=int, default=1000000)
    p.add_argument("--only", choices=["sqlite", "postgresql"], help="one back end")
    p.add_argument("--rounds", type=int, default=ROUNDS, help="calls of each kind")
    args = p.parse_args()
    folder = figures.out_dir() / "scale"
    result = {"machine": figures.machine(), "goals": GOALS}
    if args.only in (None, "sqlite"):
        result["sqlite"] = both(folder, args.devices, args.rounds, lambda: None)
    if args.only in (None, "postgresql"):
        result["postgresql"] = on_postgres(folder, args.devices, args.rounds)
    figures.report("scale", result)


if __name__ == "__main__":
    main()
