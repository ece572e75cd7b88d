#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fail when a folder includes what it may not: the table of docs/architecture.md, "Layers"."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Folder: what its files may include with quotes, besides their own folder. A trailing slash means
# the whole folder below; anything else is one header.
LIBS = ["lib/base/", "lib/wire/", "lib/crypto/", "lib/object/", "lib/os/"]
LAYERS = {
    "lib/base": [],
    "lib/wire": ["lib/base/"],
    "lib/wire/session": ["lib/base/"],
    "lib/crypto": ["lib/base/"],
    "lib/object": ["lib/base/", "lib/wire/", "lib/crypto/"],
    "lib/os": ["lib/base/"],
    "agent/port/linux": ["lib/base/", "lib/wire/", "lib/crypto/", "lib/object/", "lib/os/",
                         "include/engrave/", "engrave/"],
    "agent/port/template": ["engrave/"],
    "agent/core": ["lib/base/", "lib/wire/session/", "include/engrave/", "engrave/"],
    "vchip": ["lib/base/", "lib/crypto/", "lib/os/"],
    "host/lib": [*LIBS, "host/transport/"],
    "host/transport": [*LIBS, "host/lib/"],
    "host/cli": [*LIBS, "host/", "vchip/chip_file.h", "vchip/chip_storage.h"],
    "server/store": LIBS,
    "server/vaultpool": LIBS,
    "server/vault": LIBS,
    "server/core": [*LIBS, "server/store/", "server/vaultpool/", "server/main/limits.h"],
    "server/net": [*LIBS, "server/core/", "server/main/limits.h"],
    "server/device": [*LIBS, "server/core/", "server/net/workers.h", "server/net/listen.h",
                      "server/net/rate.h",
                      "server/main/limits.h"],
    "server/api": [*LIBS, "server/core/", "server/net/", "server/main/limits.h"],
    "server/main": [*LIBS, "server/"],
}

# Library headers that only these folders may include.
OUTSIDE = {
    "pb.h": ["lib/wire/session"],
    "pb_decode.h": ["lib/wire/session"],
    "pb_encode.h": ["lib/wire/session"],
    "openssl/": ["lib/crypto", "server/device", "agent/port/linux"],
    "psa/": ["agent/port/linux"],
    "mosquitto.h": ["agent/port/linux"],
    "sqlite3.h": ["server/store"],
    "libpq-fe.h": ["server/store"],
    "microhttpd.h": ["server/net", "server/api"],
    "gnutls/": ["server/net"],
    "curl/": ["host/lib", "host/transport", "host/cli"],
    "yaml.h": ["host/lib", "host/cli"],
    "seccomp.h": ["lib/os", "server/vault"],
}

# lib/base, lib/wire and agent/core run anywhere: no heap, no files, no time, no threads.
FREESTANDING = {"assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
                "stddef.h", "stdint.h", "stdnoreturn.h", "string.h"}
PORTABLE = {"lib/base", "lib/wire", "lib/wire/session", "agent/core"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The row of LAYERS that a file belongs to, or None."""
    rows = [row for row in LAYERS if path.startswith(row + "/")]
    return max(rows, key=len, default=None)


def quoted_allowed(row, header):
    allowed = [row + "/", *LAYERS[row]]
    return any(header.startswith(a) if a.endswith("/") else header == a for a in allowed)


def system_allowed(row, header):
    owners = [folders for prefix, folders in OUTSIDE.items() if header.startswith(prefix)]
    if row in PORTABLE and not owners and header not in FREESTANDING:
        return False
    return all(row in folders for folders in owners)


def check_file(path):
    name = path.relative_to(ROOT).as_posix()
    row = folder_of(name)
    if row is None:
        return [f"{name}:1: this folder is not in the table of tools/check_layers.py"]
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        allowed = quoted_allowed if quote == '"' else system_allowed
        if not allowed(row, header):
            problems.append(f"{name}:{number}: {row} may not include {header}")
    return problems


def main():
    files = [f for top in ("lib", "agent", "vchip", "host", "server") for f in (ROOT / top).rglob("*.[ch]")]
    problems = [p for f in sorted(files) for p in check_file(f)]
    print("\n".join(problems) or f"layers: {len(files)} files keep to the table")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
