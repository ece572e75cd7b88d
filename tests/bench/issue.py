#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
How fast does the service issue? ./dev bench issue [DEVICES] [--large] [--only sqlite|postgresql]

One mcxn947 group with boot key hash, P-256 key pair, certificate and AES-256 key; DEVICES (20,000)
registered in jobs of 500 by four clients on this machine. The clock runs from the first request until
every job is finished, which is when all of it is durable and can be downloaded. Right before and right after
it, while the service is idle: the crypto-only limit, the same lib/crypto and lib/object calls on all cores with
nothing around them; the ratio is against the mean of the two. `openssl speed` would show a slow limit.

Once on SQLite (WAL, synchronous=FULL) and once on a private PostgreSQL cluster (fsync=on). --large: on
SQLite once more with ten times the devices, to see whether memory grows. On a busy machine wall time says
as much about the neighbours as about the service; so the processor time per device is given too, by part,
with its own ratio. Writes build/bench/issue.json.
"""
import argparse
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from urllib.parse import urlsplit

from tests.helpers import figures
from tests.helpers.factory import Factory
from tests.helpers.paths import SOURCE, build_dir, program
from tests.helpers.postgres import Postgres

JOB = 500
CLIENTS = 4
PER_MANIFEST = 10000
NC12 = 999340000274
GOAL = 0.5


class Client:
    """A line's client: one keep-alive connection per thread, as lean as Python has it."""

    def __init__(self, service):
        self.service = service
        self.local = threading.local()

    def call(self, method, path, body=None):
        if not hasattr(self.local, "connection"):
            tls = ssl.create_default_context(cafile=self.service.ca_file)
            address = urlsplit(self.service.url)
            self.local.connection = HTTPSConnection(address.hostname, address.port, timeout=60, context=tls)
        headers = {"EL2G-API-Key": self.service.key, "Content-Type": "application/json"}
        self.local.connection.request(method, path, body, headers)
        answer = self.local.connection.getresponse()
        text = answer.read().decode()
        assert answer.status < 300, text
        return text

    def run_job(self, line, ids):
        """Register up to 500 devices and wait, by long poll, until their objects are stored."""
        job = self.call("POST", line.path("/register-devices"), json.dumps({"deviceIds": ids}))
        while True:
            seen = json.loads(self.call("GET", f"/api/v2/rtp/jobs/{job}?wait=30"))
            if seen["provisionedPercentage"] == 100:
                assert seen["state"] == "COMPLETED_SUCCESSFULLY", seen
                return job


def upload_roots(factory, line, count):
    """Roots of trust without chips, in manifests of the size that a chip maker's lot has."""
    for first in range(0, count, PER_MANIFEST):
        factory.make_chips(line, min(PER_MANIFEST, count - first), manifest_only=True, name=f"lot-{first}.cms")


def device_ids(service, count):
    """Decimal ids of all devices, page by page."""
    ids, page = [], 0
    while page is not None:
        answer = service.get("/api/v1/devices", size=JOB, page=page)
        ids += [d["id"] for d in answer["content"]]
        page = answer["next"]
    assert len(ids) == len(set(ids)) == count, (len(ids), count)
    return ids


def issue_all(factory, line, ids):
    """Seconds from the first request to the end of the last job."""
    client = Client(factory.service)
    chunks = [ids[i:i + JOB] for i in range(0, len(ids), JOB)]
    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda chunk: client.run_job(line, chunk), chunks))
    return time.monotonic() - start


def check_download(factory, line, ids):
    """What was counted can really be fetched: every device of the last job has its four blobs."""
    asked = ids[-JOB:]
    answer = factory.service.post(f"/api/v1/rtp/device-groups/{line.group}/devices/download-provisionings",
                                  {"productHardwareFamilyType": "MCXN", "deviceIds": asked})
    assert [d["deviceId"] for d in answer] == asked
    assert all(len(d["rtpProvisionings"]) == 4 for d in answer)


def crypto_limit(seconds):
    """The bare calls, one process per core: devices per second, processor microseconds per device."""
    env = {**os.environ, "ENGRAVE_BUILD": str(build_dir().resolve()), "ENGRAVE_SOURCE": str(SOURCE)}
    out = subprocess.run([str(program("bench_vault")), str(seconds), "limit"], check=True, capture_output=True,
                         text=True, env=env).stdout
    return [float(x) for x in re.search(r"limit ([\d.]+) devices/s, cpu ([\d.]+) us", out).groups()]


def beside_limit(per_s, each, before, after):
    """The ratios to the mean of two looks at the limit."""
    limit = (before[0] + after[0]) / 2
    limit_cpu = (before[1] + after[1]) / 2
    service_cpu = sum(us for part, us in each.items() if not part.startswith("client"))
    return {"crypto_limit_devices_per_s": {"before": before[0], "after": after[0], "mean": round(limit, 1)},
            "ratio": round(per_s / limit, 3), "limit_cpu_us_per_device": round(limit_cpu, 1),
            "service_cpu_us_per_device": round(service_cpu, 1),
            "cpu_ratio": round(limit_cpu / service_cpu, 3) if service_cpu else None}


def measure(folder, count, limit_seconds, database=None):
    """One service from nothing: seconds, memory, processor time per device by part, ratios to the limit."""
    shutil.rmtree(folder, ignore_errors=True)
    with Factory(folder, database=database) as factory:
        pid = factory.service.process.pid
        line = factory.add_line("mcxn947", NC12, count=0, file_chips=False)
        upload_roots(factory, line, count)
        ids = device_ids(factory.service, count)
        uploaded_mb = figures.status_mb(figures.family(pid), "VmHWM")
        limit_before = crypto_limit(limit_seconds)
        before = figures.cpu_seconds(pid)
        seconds = issue_all(factory, line, ids)
        each = figures.cpu_us_each(before, figures.cpu_seconds(pid), count)
        limit_after = crypto_limit(limit_seconds)
        peak_mb = figures.status_mb(figures.family(pid), "VmHWM")
        check_download(factory, line, ids)
    shutil.rmtree(folder, ignore_errors=True)
    return {"devices": count, "seconds": round(seconds, 2), "devices_per_s": round(count / seconds, 1),
            "peak_rss_mb_after_upload": uploaded_mb, "peak_rss_mb": peak_mb, "cpu_us_per_device": each,
            **beside_limit(count / seconds, each, limit_before, limit_after)}


def on_postgres(folder, count, limit_seconds):
    with Postgres(durable=True) as cluster:
        return measure(folder, count, limit_seconds, cluster.create_database("bench"))


def openssl_speed():
    out = subprocess.run(["openssl", "speed", "-seconds", "1", "-mr", "-multi", str(os.cpu_count()), "ecdsap256"],
                         capture_output=True, text=True, check=True).stdout
    row = next((r for r in out.splitlines() if r.startswith("+F4")), None)
    return row.split(":") if row else []


def arguments():
    p = argparse.ArgumentParser(description="devices issued per second, beside the crypto-only limit")
    p.add_argument("devices", nargs="?", type=int, default=20000)
    p.add_argument("--large", action="store_true", help="on SQLite again with ten times the devices")
    p.add_argument("--only", choices=["sqlite", "postgresql"], help="one back end")
    p.add_argument("--limit-seconds", type=int, default=5, help="how long each look at the limit takes")
    return p.parse_args()


def headline(run):
    """The four figures that say it all, of the default database."""
    return {"devices_per_s": run["devices_per_s"], "crypto_limit_devices_per_s": run["crypto_limit_devices_per_s"]["mean"],
            "ratio": run["ratio"], "peak_rss_mb": run["peak_rss_mb"]}


def main():
    args = arguments()
    folder = figures.out_dir() / "issue"
    result = {"machine": figures.machine(), "goal_ratio": GOAL}
    for name, run in {"sqlite": measure, "postgresql": on_postgres}.items():
        if args.only in (None, name):
            result[name] = run(folder, args.devices, args.limit_seconds)
    if args.large:
        result["sqlite_large"] = measure(folder, 10 * args.devices, args.limit_seconds)
    if "sqlite" in result:
        result = {**headline(result["sqlite"]), **result}
    signs = openssl_speed()
    result["openssl_ecdsap256_all_cores"] = signs[-2:]
    figures.report("issue", result)


if __name__ == "__main__":
    main()
