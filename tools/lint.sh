#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/lint.sh format | shell | unit | tidy BUILD | cppcheck BUILD: one check of the sources by a
# tool that is not ours. Silent and 0 when there is nothing to say.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
product='lib|agent|host|vchip|server'

format() { tools/c_files.sh -z | xargs -0 clang-format --dry-run -Werror; }

shell() {
    local scripts
    mapfile -t scripts < <(grep -lrE '^#!.*(ba)?sh$' dev .ci tools tests packaging)
    shellcheck "${scripts[@]}"
}

# The systemd units: well formed, and exposed no more than "OK" (systemd-analyze: 0 best, 10 worst).
unit() {
    local unit
    for unit in packaging/*.service; do
        systemd-analyze security --offline=true --threshold=25 --no-pager "$unit"
    done
}

# Settings and reasons are in .clang-tidy. Only the lines that matter are shown.
tidy() {
    local log
    log=$(run-clang-tidy -quiet -p "$1" -j 1 "$PWD/($product)/.*" 2>&1) && return 0
    # shellcheck disable=SC2001  # an expression, not a fixed text
    sed 's/\x1b\[[0-9;]*m//g' <<< "$log" | grep -vE '^clang-tidy|warnings? generated|^Suppressed'
    return 1
}

cppcheck_product() {
    mkdir -p "$1/cppcheck"
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 --suppressions-list=tools/cppcheck.txt --cppcheck-build-dir="$1/cppcheck" \
        --library=posix,gnu -D_GNU_SOURCE -U__cplusplus -I. -Iinclude lib agent host vchip server
}

case ${1:-} in
format | shell | unit) "$1" ;;
tidy) tidy "$2" ;;
cppcheck) cppcheck_product "$2" ;;
*) echo "usage: tools/lint.sh format | shell | unit | tidy BUILD | cppcheck BUILD" >&2 && exit 2 ;;
esac
