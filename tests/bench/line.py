#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
How long does one device take on one serial line? ./dev bench line [DEVICES]

`engrave host provision` and NXP's `el2go-host dev provision-device`, taking turns on fresh virtual mcxn947
chips with the same configuration file and service, one command per device. Once on a line that costs no
time, and once paced to 115,200 baud, where the bytes are counted. Ours also challenges the new keys.

Per device, means: seconds, of them processor time of the command and waiting (for the line, the chip, the
service, and `delay: 1` of the configuration, which el2go-host sleeps between its looks at the service and
ours does not need), and bytes on the line, both ways. Writes build/bench/line.json.
"""
import argparse
import os
import resource
import shutil
import subprocess
import time
from statistics import mean

from tests.helpers import figures
from tests.helpers.factory import Factory
from tests.helpers.paced_line import PacedLine
from tests.helpers.paths import program
from tests.helpers.spsdk import el2go_host

NC12 = 999340000274
BAUD = 115200
GOAL = 10


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(argv, env=None):
    """Wall and processor seconds of one command, which must succeed."""
    cpu, start = children_cpu(), time.perf_counter()
    done = subprocess.run([str(a) for a in argv], env=env, capture_output=True, text=True, timeout=300, check=False)
    wall, cpu = time.perf_counter() - start, children_cpu() - cpu
    assert done.returncode == 0, done.stdout + done.stderr
    return wall, cpu


class Hosts:
    """The two commands that provision one device."""

    def __init__(self, factory, line):
        self.config = line.config
        self.env = {**os.environ, "REQUESTS_CA_BUNDLE": str(factory.service.ca_file), "NO_PROXY": "127.0.0.1",
                    "HOME": str(factory.folder), "SPSDK_CACHE_FOLDER": str(factory.folder / "spsdk-cache"),
                    "SPSDK_INTERACTIVE_DISABLED": "1", "SPSDK_DEBUG_LOGGING_DISABLED": "1"}

    def engrave(self, run_dir, uuid):
        return timed([program("engrave"), "host", "provision", "-c", self.config, f"vchip:{run_dir}/{uuid}"])

    def el2go(self, run_dir, uuid):
        return timed([el2go_host(), "dev", "provision-device", "-p", run_dir / f"{uuid}.tty", "-f", "mcxn947",
                      "-c", self.config], self.env)


def summary(samples):
    wall, cpu = mean(w for w, _ in samples), mean(c for _, c in samples)
    return {"devices": len(samples), "seconds": round(wall, 3), "host_cpu_s": round(cpu, 3),
            "wait_s": round(wall - cpu, 3)}


def on_free_line(factory, command, uuids):
    return summary([command(factory.run_dir, uuid) for uuid in uuids])


def on_paced_line(factory, command, uuids):
    samples, to_chip, to_host = [], [], []
    for uuid in uuids:
        with PacedLine(factory.run_dir, uuid, factory.folder / "paced", BAUD) as line:
            samples.append(command(line.folder, uuid))
            to_chip.append(line.bytes_to_chip)
            to_host.append(line.bytes_to_host)
    return {**summary(samples), "bytes_to_chip": round(mean(to_chip)), "bytes_to_host": round(mean(to_host)),
            "line_s": round((mean(to_chip) + mean(to_host)) * 10 / BAUD, 3)}


def measure(factory, devices):
    line = factory.add_line("mcxn947", NC12, count=4 * devices + 1)
    factory.power_on()
    hosts = Hosts(factory, line)
    hosts.el2go(factory.run_dir, line.uuids.pop())  # fills its cache of device data, once per installation
    result = {}
    for kind, run in (("free_line", on_free_line), (f"line_{BAUD}_baud", on_paced_line)):
        result[kind] = {}
        for name in ("engrave", "el2go"):
            uuids, line.uuids = line.uuids[:devices], line.uuids[devices:]
            result[kind][name] = run(factory, getattr(hosts, name), uuids)
        result[kind]["times_faster"] = round(result[kind]["el2go"]["seconds"] / result[kind]["engrave"]["seconds"], 1)
    return result


def main():
    p = argparse.ArgumentParser(description="seconds per device on one serial line, ours and el2go-host")
    p.add_argument("devices", nargs="?", type=int, default=5, help="for each of the four kinds of run")
    args = p.parse_args()
    folder = figures.out_dir() / "line"
    shutil.rmtree(folder, ignore_errors=True)
    with Factory(folder) as factory:
        result = {"machine": figures.machine(), "goal_times_faster": GOAL, **measure(factory, args.devices)}
    shutil.rmtree(folder, ignore_errors=True)
    figures.report("line", result)


if __name__ == "__main__":
    main()
