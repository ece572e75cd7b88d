# SPDX-License-Identifier: Apache-2.0
"""
Run by the Python of SPSDK: el2go-host as its console script starts it, once for every list of arguments
(one JSON line each on stdin), all in one process, since importing it takes seconds. Answers one JSON line
each: code and said (both streams).
"""
import contextlib
import io
import json
import sys

from spsdk.apps.el2go import safe_main


def run(arguments):
    said = io.StringIO()
    sys.argv = ["el2go-host", *arguments]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            safe_main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return code, said.getvalue()


def main():
    for line in sys.stdin:
        code, said = run(json.loads(line))
        print(json.dumps({"code": code, "said": said}), flush=True)


if __name__ == "__main__":
    main()
