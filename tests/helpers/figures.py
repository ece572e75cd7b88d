# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: who used the processor and the memory, percentiles, and the report."""
import json
import os
import re
from pathlib import Path

from tests.helpers.paths import build_dir


def out_dir():
    """build/bench beside the build tree under test."""
    folder = Path(os.environ.get("ENGRAVE_BENCH_OUT", build_dir().resolve().parent / "bench")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def children(pid):
    """Process ids of the children that run now."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def family(pid):
    """A service and its vault workers."""
    return [pid, *children(pid)]


def status_mb(pids, name):
    """Sum over processes of a line of /proc/PID/status, in MB: VmHWM is the peak, VmRSS the present."""
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        total += int(re.search(rf"{name}:\s+(\d+) kB", text).group(1))
    return round(total / 1024, 1)


def _cpu_of(task):
    """Seconds on a processor of one thread; the first number of schedstat is in nanoseconds."""
    return int((task / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def cpu_seconds(pid):
    """Processor seconds used so far, by part: threads of the service by their names, vaults, ours."""
    parts = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text(encoding="ascii").strip()
        parts[name] = parts.get(name, 0) + _cpu_of(task)
    for child in children(pid):
        for task in Path(f"/proc/{child}/task").iterdir():
            parts["vault"] = parts.get("vault", 0) + _cpu_of(task)
    own = os.times()
    parts["client (this benchmark)"] = own.user + own.system
    return parts


def cpu_us_each(before, after, count):
    """Microseconds per item that each part used between two looks; what used nothing is left out."""
    each = {k: (after[k] - before.get(k, 0)) * 1e6 / count for k in after}
    return {k: round(v, 1) for k, v in sorted(each.items(), key=lambda kv: -kv[1]) if v >= 0.05}


def percentile(values, p):
    """The smallest value that at least p percent of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * p // 100) - 1)]


def machine():
    """What figures depend on. No name of the machine."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    model = re.search(r"model name\s*:\s*(.*)", cpu)
    return {"cpu": model.group(1) if model else "unknown", "cores": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1)}


def report(name, result):
    """Print the figures and write them to build/bench/NAME.json."""
    path = out_dir() / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="ascii")
    print(json.dumps(result, indent=2))
    print(f"written to build/{path.parent.name}/{path.name}")
