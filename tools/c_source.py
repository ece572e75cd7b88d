# SPDX-License-Identifier: Apache-2.0
"""C text for the checks: comments and strings blanked, lines kept."""
import re

_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """The same text with comments and literals replaced by spaces."""
    return _TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(text):
    """(name, first line, lines) of every function: a body opens with { in column 0."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield _name(lines, start), start, number - start + 1
            start = None


def _name(lines, start):
    for line in reversed(lines[max(0, start - 8):start - 1]):
        match = re.match(r"^[A-Za-z_].*?(\w+)\(", line)
        if match:
            return match.group(1)
    return "?"
