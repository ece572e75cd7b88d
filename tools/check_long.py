#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fail on a function longer than 80 lines or a source file longer than 600."""
import sys
from pathlib import Path

from c_source import functions

ROOT = Path(__file__).resolve().parents[1]
FUNCTION_MAX = 80
FILE_MAX = 600


def check_file(path):
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text(encoding="utf-8")
    count = len(text.splitlines())
    if count > FILE_MAX:
        yield f"{name}:1: {count} lines; split the file (limit {FILE_MAX})"
    for function, line, length in functions(text):
        if length > FUNCTION_MAX:
            yield f"{name}:{line}: {function}() has {length} lines (limit {FUNCTION_MAX})"


def main():
    tops = ("lib", "vchip", "host", "server", "tests")
    files = sorted(f for top in tops for f in (ROOT / top).rglob("*.[ch]"))
    problems = [p for f in files for p in check_file(f)]
    print("\n".join(problems) or f"length: {len(files)} files, no long function")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
