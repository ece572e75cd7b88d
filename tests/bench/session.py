#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
How many sessions does the device endpoint hold? ./dev bench session [DEVICES] [--checkins N] [--hold N]

Many devices in one process (bench_session), one engraved, on the same cores:

  first     DEVICES (1,000) connect for the first time: each brings a claim code, joins the group, gets its key
            pair, certificate and AES key made and imported, and goodbye says SUCCESS
  checkins  they connect again, N sessions in all, nothing has changed; full handshake each time, no ticket
            asked for
  resumed   the same with TLS tickets, which an agent of ours may ask for
  hold      N (5,000) connections past their handshake, silent: what does each cost in memory?

In the same run the handshake limit: full mutual TLS 1.3 handshakes on P-256, both sides, same library and
contexts, through memory, on all cores, nothing else. Check-ins are made in ROUNDS parts, the limit is taken
before, between and after them, so that a neighbour or a hot processor meets both alike; the ratio is against
the mean. The devices do not check the service's chain, here as there (two P-384 verifications more would make the ratio
look better). On a busy machine wall time says as much about the neighbours, so processor time is given too,
with its own ratio. Writes build/bench/session.json.
"""
import argparse
import json
import shutil
import subprocess

from tests.helpers import figures
from tests.helpers.customer import Customer
from tests.helpers.paths import program
from tests.helpers.service import Service

GOAL_RATIO, GOAL_HOLD_MB = 0.6, 200
ROUNDS = 4
CONFIG = "[device]\nrate_limit = 0\n[server]\nlog = error\nrate_limit = 0\n"


class Bench:
    """One service, its devices, and the programs that measure."""

    def __init__(self, folder, count):
        folder.mkdir(parents=True)
        config = folder / "engraved.ini"
        config.write_text(CONFIG, encoding="ascii")
        self.service = Service(folder / "service", extra=["--config", config])
        self.pid = self.service.process.pid
        self.devices = folder / "devices.txt"
        self.customer = Customer(self.service, folder)
        self.customer.add_identity()
        self.customer.add("MASTER_KEY", 0x1003, keySize="AES256")
        roots = self.customer.maker.roots(count)
        self.customer.maker.upload(roots)
        self.devices.write_text("".join(f"{uuid} {key}\n" for uuid, key in roots.items()), encoding="ascii")

    def run(self, verb, *more):
        argv = [program("bench_session"), verb, "--devices", self.devices, *more]
        done = subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def limit(self, seconds, *more):
        return self.run("limit", "--identity", self.service.data / "device", "--seconds", seconds, *more)

    def load(self, sessions, *more):
        """Sessions per second and processor time per session, by part."""
        port = self.service.device_listen.rpartition(":")[2]
        before = figures.cpu_seconds(self.pid)
        r = self.run("load", "--port", port, "--sessions", sessions, "--parallel", 64, *more)
        assert r["sessions"] == r["succeeded"] == sessions and r["failed"] == 0, r
        each = figures.cpu_us_each(before, figures.cpu_seconds(self.pid), sessions)
        each.pop("client (this benchmark)", None)
        return {"sessions": sessions, "seconds": r["seconds"], "per_s": round(sessions / r["seconds"], 1),
                "p50_ms": r["p50_ms"], "p99_ms": r["p99_ms"], "resumed": r["resumed"],
                "messages_each": round(r["messages"] / sessions, 2),
                "bytes_down_each": r["bytes_down"] // sessions, "bytes_up_each": r["bytes_up"] // sessions,
                "service_cpu_us": each, "devices_cpu_us": round(r["cpu_s"] * 1e6 / sessions, 1)}

    def claim(self):
        """What a device brings to its first session: options for the load."""
        code = self.service.post(self.customer.path("/claim-codes"), {"name": "bench", "deviceLimit": 0})["secret"]
        return "--claim", code, "--claim-key", self.service.get("/api/v1/device-endpoint")["claimKey"]

    def hold(self, count):
        """Memory of the service with that many silent connections, and without."""
        port = self.service.device_listen.rpartition(":")[2]
        before = figures.status_mb([self.pid], "VmRSS")
        argv = [program("bench_session"), "hold", "--devices", self.devices, "--port", port, "--parallel", count]
        with subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
            assert p.stdout.readline() == "held\n"
            after = figures.status_mb([self.pid], "VmRSS")
            p.stdin.close()
            r = json.loads(p.stdout.read())
        assert r["held"] == count and r["failed"] == 0, r
        return {"connections": count, "rss_mb_before": before, "rss_mb": after,
                "kb_each": round((after - before) * 1024 / count, 1), "goal_mb": GOAL_HOLD_MB}


def mean(values):
    return sum(values) / len(values)


def together(parts):
    """One result for loads of equal size: means, and the worst of the times."""
    count = sum(p["sessions"] for p in parts)
    seconds = sum(p["seconds"] for p in parts)
    names = sorted({name for p in parts for name in p["service_cpu_us"]})
    return {**parts[0], "sessions": count, "seconds": round(seconds, 3), "per_s": round(count / seconds, 1),
            "p50_ms": max(p["p50_ms"] for p in parts), "p99_ms": max(p["p99_ms"] for p in parts),
            "service_cpu_us": {n: round(mean([p["service_cpu_us"].get(n, 0) for p in parts]), 1) for n in names},
            "devices_cpu_us": round(mean([p["devices_cpu_us"] for p in parts]), 1)}


def check_ins(bench, args):
    """Check-ins in rounds, and the handshake limits around them."""
    limits, parts = [bench.limit(args.limit_seconds)], []
    for _ in range(ROUNDS):
        parts.append(bench.load(max(1, args.checkins // ROUNDS)))
        limits.append(bench.limit(args.limit_seconds))
    return together(parts), limits


def cpu_each(run):
    """Processor microseconds of one session, service and device together."""
    return sum(run["service_cpu_us"].values()) + run["devices_cpu_us"]


def measure(folder, args):
    shutil.rmtree(folder, ignore_errors=True)
    bench = Bench(folder, args.devices)
    with bench.service:
        first = bench.load(args.devices, *bench.claim())
        checkins, limits = check_ins(bench, args)
        bench.load(args.devices, "--tickets")  # warm: each device gets its first ticket in a full handshake
        resumed = bench.load(args.checkins, "--tickets")
        resumed_limit = bench.limit(args.limit_seconds, "--resume")
        chain = bench.limit(args.limit_seconds, "--roots", roots_file(bench, folder))
        held = bench.hold(args.hold)
    shutil.rmtree(folder, ignore_errors=True)
    limit = mean([one["handshakes_per_s"] for one in limits])
    limit_cpu = mean([one["cpu_us"] for one in limits])
    return {"sessions_per_s": first["per_s"], "checkins_per_s": checkins["per_s"],
            "handshake_limit_per_s": round(limit, 1), "ratio": round(checkins["per_s"] / limit, 3),
            "goal_ratio": GOAL_RATIO, "cpu_ratio": round(limit_cpu / cpu_each(checkins), 3),
            "machine": figures.machine(), "handshake_limit": limits,
            "handshake_limit_with_chain_check": chain, "first": first, "checkins": checkins,
            "resumed": {**resumed, "handshake_limit": resumed_limit}, "hold": held}


def roots_file(bench, folder):
    path = folder / "roots.pem"
    path.write_text(bench.service.get("/api/v1/device-endpoint")["roots"], encoding="ascii")
    return path


def arguments():
    p = argparse.ArgumentParser(description="sessions of devices per second, beside the handshake limit")
    p.add_argument("devices", nargs="?", type=int, default=1000)
    p.add_argument("--checkins", type=int, default=5000)
    p.add_argument("--hold", type=int, default=5000)
    p.add_argument("--limit-seconds", type=float, default=2)
    return p.parse_args()


def main():
    figures.report("session", measure(figures.out_dir() / "session", arguments()))


if __name__ == "__main__":
    main()
