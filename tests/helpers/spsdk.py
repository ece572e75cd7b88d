# SPDX-License-Identifier: Apache-2.0
"""The public clients that nobody here wrote, from the virtual environment that tools/venv.sh makes."""
from tests.helpers.paths import SOURCE


def _tool(name):
    path = SOURCE / "build" / "venv" / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: tools/venv.sh makes it (./dev test runs it)")
    return path


def el2go_host():
    """NXP's el2go-host (SPSDK)."""
    return _tool("el2go-host")


def imgtool():
    """MCUboot's imgtool."""
    return _tool("imgtool")


def venv_program(name):
    """Any other program of it: pkilint's linters."""
    return _tool(name)
