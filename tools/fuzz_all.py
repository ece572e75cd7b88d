#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
tools/fuzz_all.py FOLDER_OF_PROGRAMS FOLDER_OF_RESULTS SECONDS TARGET...

Run fuzz targets one after the other, each for SECONDS of processor time, and print a table. What is
found stays in FOLDER_OF_RESULTS as TARGET-crash-..., and the exit code is 1. New inputs are kept in
FOLDER_OF_RESULTS/TARGET and start the next run.
"""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

FUZZ = Path(__file__).resolve().parents[1] / "tests" / "fuzz"
COLUMNS = "{:<20} {:>8} {:>11} {:>9} {:>9} {:>9}"
# A run may be given less of a processor than it has time; this many runs make up for that.
ROUNDS_MAX = 50
FAILED_AT_ONCE_S = 1


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
    before = os.times()
    run = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    after = os.times()
    used = (after.children_user - before.children_user
            + after.children_system - before.children_system)
    return run.returncode, run.stdout, used


def coverage(output, mark):
    """The edges covered at the first (INITED) or last (DONE) line of a run that says so."""
    found = re.findall(rf"{mark}\s+cov: (\d+)", output)
    return int(found[-1]) if found else 0


class Campaign:
    """One target for some processor time."""

    def __init__(self, programs, results, name):
        self.name = name
        self.program = programs / f"fuzz_{name}"
        self.results = results
        self.runs = self.used = 0
        self.covered = None  # (at the start, at the end)
        self.failure = None  # output of the run that failed

    def artifacts(self):
        return set(self.results.glob(f"{self.name}-*"))

    def run(self, seconds):
        there = self.artifacts()
        for _ in range(ROUNDS_MAX):
            code, output, used = run_once(
                arguments(self.program, self.results, self.name, seconds - self.used))
            self.used += used
            executed = re.search(r"number_of_executed_units: (\d+)", output)
            self.runs += int(executed.group(1)) if executed else 0
            first = self.covered[0] if self.covered else coverage(output, "INITED")
            self.covered = (first, coverage(output, "DONE") or coverage(output, "INITED"))
            if code != 0:
                self.failure = output
            if code != 0 or self.used > seconds - FAILED_AT_ONCE_S:
                break
        return self.artifacts() - there

    def row(self, findings):
        first, last = self.covered
        return COLUMNS.format(self.name, f"{self.used:.0f}", self.runs, last, f"+{last - first}",
                              findings)


def main():
    programs, results, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    began = time.monotonic()
    failures = []
    print(COLUMNS.format("target", "CPU s", "runs", "coverage", "new", "findings"), flush=True)
    for name in sys.argv[4:]:
        campaign = Campaign(programs, results, name)
        new = campaign.run(seconds)
        findings = max(len(new), int(campaign.failure is not None))
        print(campaign.row(findings), flush=True)
        if findings:
            failures.append((name, new, campaign.failure))
    for name, new, output in failures:
        print(f"\n{name}: {', '.join(sorted(map(str, new))) or 'no input was saved'}")
        print("\n".join((output or "").splitlines()[-60:]))
    print(f"\n{len(sys.argv) - 4} targets in {time.monotonic() - began:.0f} s, "
          f"{len(failures)} with findings", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
