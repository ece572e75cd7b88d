#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The C sources and headers of the project, one a line; with -z: NUL between them.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
end='\n'
[ "${1:-}" != -z ] || end='\0'
find agent host include lib server tests vchip \( -name '*.c' -o -name '*.h' \) -printf "%p$end" 2> /dev/null || true
