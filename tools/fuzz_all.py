#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
tools/fuzz_all.py [-j PARALLEL] [--again] FOLDER_OF_PROGRAMS FOLDER_OF_RESULTS SECONDS TARGET...

Run fuzz targets for SECONDS of processor time each, and print a table. What is found stays in
FOLDER_OF_RESULTS as TARGET-crash-..., and the exit code is 1. New inputs are kept in
FOLDER_OF_RESULTS/TARGET and start the next run.

A campaign that was stopped goes on where it was: FOLDER_OF_RESULTS/TARGET.json keeps its figures,
for one program; another program begins at nothing. With --again all begin at nothing.
"""
import argparse
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FUZZ = Path(__file__).resolve().parents[1] / "tests" / "fuzz"
COLUMNS = "{:<20} {:>8} {:>12} {:>9} {:>9} {:>9}"
ROUND_S = 60  # wall clock of one run: at most so much is lost when a campaign is stopped
ENOUGH_S = 1  # a rest of so little processor time is not run
IDLE_ROUNDS_MAX = 20  # runs in a row that were given no processor


def arguments(program, results, name, seconds):
    """The command line of one run, the same as that of ./dev fuzz TARGET."""
    kept = results / name
    kept.mkdir(parents=True, exist_ok=True)
    dictionary = FUZZ / "dict" / f"{name}.dict"
    return [str(program), f"-max_total_time={max(1, round(seconds))}", "-print_final_stats=1",
            f"-artifact_prefix={results}/{name}-",
            *([f"-dict={dictionary}"] if dictionary.exists() else []),
            str(kept), str(FUZZ / "corpus" / name)]


def run_once(argv):
    """Exit code, output and processor seconds of a run."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as run:
        output = run.stdout.read()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, output, usage.ru_utime + usage.ru_stime


def coverage(output, mark):
    """The edges covered at the first (INITED) or last (DONE) line of a run that says so."""
    found = re.findall(rf"{mark}\s+cov: (\d+)", output)
    return int(found[-1]) if found else 0


class Campaign:
    """One target for some processor time."""

    def __init__(self, programs, results, name, again):
        self.name = name
        self.program = programs / f"fuzz_{name}"
        self.results = results
        self.memory = results / f"{name}.json"
        self.output = ""  # of the run that failed
        self.figures = {"program": hashlib.sha256(self.program.read_bytes()).hexdigest(),
                        "used": 0.0, "runs": 0, "first": 0, "last": 0, "findings": []}
        if self.memory.exists() and not again:
            kept = json.loads(self.memory.read_text())
            if kept["program"] == self.figures["program"]:
                self.figures = kept

    def artifacts(self):
        return {p.name for p in self.results.glob(f"{self.name}-*")}

    def _round(self, seconds):
        """One run; the processor time it was given."""
        there = self.artifacts()
        code, output, used = run_once(arguments(self.program, self.results, self.name, seconds))
        executed = re.search(r"number_of_executed_units: (\d+)", output)
        kept = self.figures
        kept["first"] = kept["first"] or coverage(output, "INITED")
        kept["last"] = coverage(output, "DONE") or coverage(output, "INITED") or kept["last"]
        kept["used"] += used
        kept["runs"] += int(executed.group(1)) if executed else 0
        if code != 0:
            kept["findings"] += sorted(self.artifacts() - there) or ["no input was saved"]
            self.output = output
        self.memory.write_text(json.dumps(kept, indent=1) + "\n")
        return used

    def run(self, seconds):
        """Until the time is used or something is found."""
        idle = 0
        while not self.figures["findings"] and seconds - self.figures["used"] > ENOUGH_S:
            used = self._round(min(seconds - self.figures["used"], ROUND_S))
            idle = idle + 1 if used < ENOUGH_S / 10 else 0
            if idle == IDLE_ROUNDS_MAX:
                self.output = f"{idle} runs used no processor time"
                self.figures["findings"].append("no processor time")
        print(self.row(), flush=True)
        return self

    def row(self):
        f = self.figures
        return COLUMNS.format(self.name, f"{f['used']:.0f}", f["runs"], f["last"],
                              f"+{f['last'] - f['first']}", len(f["findings"]))


def tell(failures):
    for campaign in failures:
        print(f"\n{campaign.name}: {', '.join(campaign.figures['findings'])}")
        print("\n".join(campaign.output.splitlines()[-60:]))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-j", type=int, default=1, dest="parallel")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("programs", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("targets", nargs="+")
    a = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    a.results.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    print(COLUMNS.format("target", "CPU s", "runs", "coverage", "new", "findings"), flush=True)
    campaigns = [Campaign(a.programs, a.results, name, a.again) for name in a.targets]
    with ThreadPoolExecutor(a.parallel) as pool:
        done = list(pool.map(lambda c: c.run(a.seconds), campaigns))
    failures = [c for c in done if c.figures["findings"]]
    tell(failures)
    print(f"\n{len(done)} targets in {time.monotonic() - began:.0f} s, "
          f"{len(failures)} with findings", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
