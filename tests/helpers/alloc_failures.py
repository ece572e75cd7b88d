# SPDX-License-Identifier: Apache-2.0
"""
The unit suite with one allocation failing at a time (tests/helpers/failmalloc.c).

A test may fail then, in words; the program may not die of a signal and may not hang. glibc fills
freed memory with a pattern meanwhile, so that a use after it shows.
"""
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from tests.helpers import paths

HANG_S = 300
BUILD = paths.build_dir().resolve()
# The one allocation of which OpenSSL 3.0 was seen, in a debugger, to die itself: EVP_KDF_CTX_new() calls what
# writes into the context that it did not get. No trace may excuse a death that was not looked at like that.
OPENSSL = "(EVP_KDF_CTX_new+"
# Programs of the unit suite that take an argument.
ARGUMENTS = {"test_store": ["sqlite"]}


def unit_programs():
    """Every cmocka program of the unit suite, as the build made it."""
    return sorted(p for p in (BUILD / "tests").glob("test_*") if os.access(p, os.X_OK))


class Finding(Exception):
    """What a program did that it may not do."""


class AllocFailures:
    """One unit test program; runs happen in `place`, a folder that exists."""

    def __init__(self, program, place):
        self.program = program
        self.place = place
        self.argv = [str(program), *ARGUMENTS.get(program.name, [])]
        self.runs = 0
        self.findings = []
        self.in_openssl = 0

    def _run(self, extra):
        # A folder of its own for each run: what a failed test leaves must not meet the next run.
        env = {**os.environ, "LD_PRELOAD": str(BUILD / "tests" / "libeg_failmalloc.so"),
               "MALLOC_PERTURB_": "165", "ENGRAVE_SOURCE": str(paths.SOURCE),
               "ENGRAVE_BUILD": str(BUILD), "TMPDIR": str(self.place), **extra}
        run = subprocess.Popen(self.argv, env=env, cwd=self.place, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               errors="replace", start_new_session=True)
        try:
            _, said = run.communicate(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            raise Finding(f"still running after {HANG_S} s") from None
        finally:
            self._end_group(run)
        if run.returncode < 0:
            raise Finding(f"died of {signal.Signals(-run.returncode).name}\n{said[-3000:]}")
        return run.returncode

    @staticmethod
    def _end_group(run):
        """End what the run started and left behind, and the run itself when it hangs."""
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        run.wait()

    def sites(self, thin, callers):
        """
        Where an undisturbed run allocates (whether it passes is unit.*'s business): the numbers of
        the first and the last allocation of each place, ascending. And the seconds that a run
        takes. A place is a chain of that many callers. Of very many allocations only every thin-th is
        looked at.
        """
        path = self.place / "sites"
        began = time.monotonic()
        self._run({"FAILMALLOC_SITES": str(path), "FAILMALLOC_THIN": str(thin),
                   "FAILMALLOC_CALLERS": str(callers)})
        return sorted(set(map(int, path.read_text().split()))), time.monotonic() - began

    def fail_at(self, number):
        self.runs += 1
        try:
            self._run({"FAILMALLOC_AT": str(number), "FAILMALLOC_TRACE": "1"})
        except Finding as finding:
            if "died of" in str(finding) and OPENSSL in str(finding):
                self.in_openssl += 1
            else:
                self.findings.append(f"{self.program.name}, allocation {number}: {finding}")


def campaign(place, choose, thin=1, callers=5):
    """
    Every unit program, as many at once as there are cores.

    choose(sites, seconds) says which allocations of a program fail, one run each; thin and callers as above.
    Returns a list of (program name, sites, runs, deaths inside OpenSSL) and a list of findings.
    """
    def one(program):
        folder = place / program.name
        folder.mkdir()
        runner = AllocFailures(program, folder)
        sites = []
        try:
            sites, seconds = runner.sites(thin, callers)
            for number in choose(sites, seconds):
                runner.fail_at(number)
        except Finding as finding:
            runner.findings.append(f"{program.name}, undisturbed: {finding}")
        return program.name, len(sites), runner.runs, runner.in_openssl, runner.findings

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one, unit_programs()))
    return [r[:-1] for r in results], [f for r in results for f in r[-1]]


def table(rows):
    """Lines for people: program, allocations to be tried, runs, deaths that are OpenSSL's (see OPENSSL)."""
    rows = [*rows, (f"all {len(rows)}", *(sum(r[i] for r in rows) for i in (1, 2, 3)))]
    lines = [f"{'program':<28} {'chosen':>7} {'runs':>7} {'OpenSSL':>7}"]
    lines += [f"{name:<28} {sites:>7} {runs:>7} {theirs:>7}" for name, sites, runs, theirs in rows]
    return "\n".join(lines)
