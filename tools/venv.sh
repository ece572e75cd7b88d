#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/venv.sh [COMMAND...]: make build/venv with the foreign clients that
# tests/acceptance/requirements.txt pins, once; then run COMMAND.
# When the package index cannot be reached: exit 77 (ctest: skipped), under CI exit 1.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pins=tests/acceptance/requirements.txt
venv=build/venv
mkdir -p build

make_venv() {
    cmp -s "$pins" "$venv/made-from.txt" && return 0
    echo "making $venv from $pins"
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check \
            --prefer-binary --requirement "$pins" &&
        cp "$pins" "$venv/made-from.txt"
}

exec 9> build/venv.lock
flock 9
if ! make_venv; then
    echo "=== SKIPPED: SPSDK could not be installed (no package index?), so nothing here was proven ==="
    [ -n "${ENGRAVE_CI:-}" ] || [ "${CI:-}" = true ] || exit 77
    echo "=== under CI that is a failure ==="
    exit 1
fi
exec 9>&-
[ $# -eq 0 ] || exec "$@"
