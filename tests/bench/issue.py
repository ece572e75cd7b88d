#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
How fast does the service issue? ./dev bench issue [DEVICES]

One mcxn947 group with boot key hash, P-256 key pair, certificate and AES-256 key; DEVICES (20,000)
registered in jobs of 500. The clock runs from the first request until every job is finished, which
is when all of it is durable and can be downloaded. In the same run: the crypto-only limit, the same
lib/crypto and lib/object calls on the same cores with nothing around them, and `openssl speed` so
that a slow limit would show. Writes build/bench/issue.json.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.helpers.factory import Factory
from tests.helpers.paths import SOURCE, build_dir, program

JOB = 500
CLIENTS = 4
LIMIT_SECONDS = 5


def device_ids(service, count):
    """Decimal ids of the devices whose roots of trust the service holds."""
    ids, page = [], 0
    while len(ids) < count:
        answer = service.get("/api/v1/devices", size=JOB, page=page)
        ids += [d["id"] for d in answer["content"]]
        page += 1
        if answer["next"] is None:
            break
    return ids[:count]


def peak_rss_mb(pids):
    """Sum of the peak resident sizes of some processes."""
    total = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        total += int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))
    return round(total / 1024, 1)


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


class Client:
    """A line's client: one keep-alive connection per thread."""

    def __init__(self, service):
        self.service = service
        self.local = threading.local()

    def session(self):
        if not hasattr(self.local, "session"):
            s = requests.Session()
            s.trust_env = False
            s.verify = str(self.service.ca_file)
            s.headers["EL2G-API-Key"] = self.service.key
            self.local.session = s
        return self.local.session

    def run_job(self, line, ids):
        """Register up to 500 devices and wait, by long poll, until their objects are stored."""
        url = self.service.url
        answer = self.session().post(url + line.path("/register-devices"), json={"deviceIds": ids}, timeout=60)
        answer.raise_for_status()
        while True:
            job = self.session().get(f"{url}/api/v2/rtp/jobs/{answer.text}?wait=30", timeout=60).json()
            if job["provisionedPercentage"] == 100:
                assert job["state"] == "COMPLETED_SUCCESSFULLY", job
                return answer.text


def measure(factory, line, ids):
    client = Client(factory.service)
    chunks = [ids[i:i + JOB] for i in range(0, len(ids), JOB)]
    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda chunk: client.run_job(line, chunk), chunks))
    return time.monotonic() - start


def check_download(factory, line, ids):
    """What was counted can really be fetched: every device of one job has its four blobs."""
    answer = factory.service.post(f"/api/v1/rtp/device-groups/{line.group}/devices/download-provisionings",
                                  {"productHardwareFamilyType": "MCXN", "deviceIds": ids[-JOB:]})
    assert len(answer) == min(JOB, len(ids))
    assert all(len(d["rtpProvisionings"]) == 4 for d in answer)


def crypto_limit():
    """Devices per second of the bare calls, one process per core."""
    env = {**os.environ, "ENGRAVE_BUILD": str(build_dir().resolve()), "ENGRAVE_SOURCE": str(SOURCE)}
    out = subprocess.run([str(program("bench_vault")), str(LIMIT_SECONDS)], check=True, capture_output=True,
                         text=True, env=env).stdout
    return float(re.search(rf"workers {os.cpu_count()}: limit ([\d.]+) devices/s", out).group(1))


def openssl_speed():
    out = subprocess.run(["openssl", "speed", "-seconds", "1", "-mr", "-multi", str(os.cpu_count()), "ecdsap256"],
                         capture_output=True, text=True, check=True).stdout
    return next((row for row in out.splitlines() if row.startswith("+F4")), "no figure")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    folder = build_dir().parent / "bench"
    shutil.rmtree(folder / "factory", ignore_errors=True)
    with Factory(folder / "factory", database=os.environ.get("ENGRAVE_BENCH_DATABASE")) as factory:
        line = factory.add_line("mcxn947", 999340000274, count=count, manifest_only=True)
        ids = device_ids(factory.service, count)
        assert len(ids) == count, len(ids)
        seconds = measure(factory, line, ids)
        check_download(factory, line, ids)
        pid = factory.service.process.pid
        rss = peak_rss_mb([pid, *children(pid)])
    limit = crypto_limit()
    result = {"devices_per_s": round(count / seconds, 1), "crypto_limit_devices_per_s": round(limit, 1),
              "ratio": round(count / seconds / limit, 3), "peak_rss_mb": rss, "devices": count,
              "seconds": round(seconds, 2), "cores": os.cpu_count()}
    (folder / "issue.json").write_text(json.dumps(result) + "\n", encoding="ascii")
    print(f"openssl speed (all cores, sign and verify per second): {openssl_speed()}")
    print(json.dumps(result, indent=2))
    print(f"written to {(folder / 'issue.json').resolve().relative_to(SOURCE.resolve())}")


if __name__ == "__main__":
    main()
