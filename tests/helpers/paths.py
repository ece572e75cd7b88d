# SPDX-License-Identifier: Apache-2.0
"""Where things are: the checkout, the build tree under test and its programs."""
import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]


def build_dir():
    """The build tree under test: ENGRAVE_BUILD, else build/gcc of the checkout."""
    return Path(os.environ.get("ENGRAVE_BUILD", SOURCE / "build" / "gcc"))


def program(name):
    """Path of a built program; says how to build it when it is missing."""
    path = build_dir() / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: build it with ./dev build")
    return path
