#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Fail on calls that have a safer replacement. tools/banned_exceptions.txt counts the uses that were
looked at and kept; a count that is too high fails as well, so the list only shrinks.
"""
import re
import sys
from collections import Counter
from pathlib import Path

from c_source import code_only

ROOT = Path(__file__).resolve().parents[1]
EXCEPTIONS = ROOT / "tools" / "banned_exceptions.txt"

BANNED = {
    "strcpy": "snprintf, or eg_writer",
    "strcat": "snprintf, or eg_writer",
    "strncpy": "snprintf, or memcpy with a checked length",
    "strncat": "snprintf, or eg_writer",
    "sprintf": "snprintf",
    "vsprintf": "vsnprintf",
    "gets": "fgets",
    "scanf": "eg_number_parse",
    "sscanf": "eg_number_parse",
    "fscanf": "eg_number_parse",
    "system": "lib/os/child.h",
    "popen": "lib/os/child.h",
    "alloca": "an array of a named size",
    "strtok": "eg_reader, or strtok_r",
    "atoi": "eg_number_parse",
    "atol": "eg_number_parse",
    "atoll": "eg_number_parse",
    "rand": "eg_random",
    "srand": "eg_random",
    "random": "eg_random",
    "mktemp": "mkstemp",
    "tmpnam": "mkstemp",
    "gmtime": "gmtime_r",
    "localtime": "localtime_r",
    "usleep": "wait for the event",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
# Names that hold secrets; strcmp on a plain "key" is mostly the key of a setting.
SECRET = r"\w*(?:mac|secret|digest|passphrase|token|pepper|api_?key|die_?key)\w*"
COMPARE = re.compile(r"(?<!\w)(?:(memcmp)\s*\([^;]*\b(?:" + SECRET + r"|\w*key)\b"
                     r"|(strcmp)\s*\([^;]*\b" + SECRET + r"\b)", re.I)


def findings(path):
    """(line, call, advice) of every banned use in a file."""
    text = code_only(path.read_text(encoding="utf-8"))
    for number, line in enumerate(text.splitlines(), 1):
        for match in CALL.finditer(line):
            yield number, match.group(1), BANNED[match.group(1)]
        match = COMPARE.search(line)
        if match:
            call = match.group(1) or match.group(2)
            yield number, f"{call}-secret", "eg_ct_equal, or eg_span_equal when nothing is secret"


def read_exceptions():
    allowed = Counter()
    for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, call, count = line.split(None, 3)[:3]
            allowed[name, call] = int(count)
    return allowed


def main():
    tops = ("lib", "vchip", "host", "server")
    files = sorted(f for top in tops for f in (ROOT / top).rglob("*.[ch]"))
    allowed = read_exceptions()
    found = Counter()
    problems = []
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        for line, call, advice in findings(path):
            found[name, call] += 1
            if found[name, call] > allowed[name, call]:
                problems.append(f"{name}:{line}: {call}: use {advice}")
    for (name, call), count in allowed.items():
        if found[name, call] < count:
            problems.append(f"{EXCEPTIONS.name}: {name} {call} {count}: only {found[name, call]} left,"
                            " lower the count")
    print("\n".join(problems) or f"banned calls: none new in {len(files)} files")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
