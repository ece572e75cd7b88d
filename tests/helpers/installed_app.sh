#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# installed_app.sh BUILD SOURCE: install the device library from BUILD into an empty folder, compile
# SOURCE with what is there and nothing else, and run it.
set -euo pipefail
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$1" --component agent-dev --prefix "$prefix" > /dev/null
pc=$(find "$prefix" -name engrave-agent.pc -printf '%h')
read -ra flags < <(PKG_CONFIG_PATH=$pc pkg-config --define-variable=prefix="$prefix" \
    --cflags --libs engrave-agent)
cc -std=c11 -Wall -Wextra -Werror -pedantic "$2" -o "$prefix/app" "${flags[@]}"
"$prefix/app"
