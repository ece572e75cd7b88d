# SPDX-License-Identifier: Apache-2.0
"""Environments that put a faulty disk or clock under a program (tests/helpers/*.c)."""
import struct

import pytest

from tests.helpers.paths import build_dir

YEAR_S = 365 * 86400


def library(name):
    """Its path; a test that wants one under sanitized programs is skipped: they take no preloaded libraries."""
    if "EG_SANITIZE:BOOL=ON" in (build_dir() / "CMakeCache.txt").read_text(encoding="utf-8"):
        pytest.skip("sanitized programs take no preloaded libraries")
    path = build_dir().resolve() / "tests" / f"libeg_{name}.so"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: build it with ./dev build")
    return str(path)


def lost_writes(program, folder, keep):
    """What `program` writes below folder and does not sync is gone when it is killed."""
    return {"LD_PRELOAD": library("lostwrites"), "EG_LOST_PROGRAM": program, "EG_LOST_KEEP": keep,
            "EG_LOST_DIR": str(folder.resolve())}


class Switch:
    """A file that a preloaded library looks at all the time."""

    def __init__(self, path, content):
        self.path = path
        path.write_bytes(content)

    def _set(self, content):
        with open(self.path, "r+b") as file:  # the same file stays mapped
            file.write(content)


class Disk(Switch):
    """A disk under `program` that can be filled or made read-only."""

    def __init__(self, path, program, folder):
        super().__init__(path, b"O")
        self.env = {"LD_PRELOAD": library("diskfault"), "EG_DISK_SWITCH": str(path),
                    "EG_DISK_PROGRAM": program, "EG_DISK_DIR": str(folder.resolve())}

    def fail(self, how):
        """how: "full" (nothing is written), "no room" (no file grows), "read-only", "broken"."""
        self._set({"full": b"F", "no room": b"L", "read-only": b"R", "broken": b"E"}[how])

    def heal(self):
        self._set(b"O")


class Clock(Switch):
    """A wall clock that can jump."""

    def __init__(self, path):
        super().__init__(path, bytes(8))
        self.env = {"LD_PRELOAD": library("clockshift"), "EG_CLOCK_SHIFT": str(path)}

    def jump(self, seconds):
        """To real time plus seconds."""
        self._set(struct.pack("=q", seconds))
