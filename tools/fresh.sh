#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/fresh.sh [VERB...]: what a stranger sees. Makes a bare Debian 12 in build/fresh, clones HEAD
# into it and runs `./dev demo` and `./dev test` there (or the verbs given).
#
# Mirror and proxy are those of this machine's apt. Mounts and processes live in namespaces of their
# own and go with them, however this ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD/build/fresh/root

say() { printf '\n=== fresh: %s\n' "$*"; }

# Debian's own lines of this machine's apt sources, in one-line form.
sources() {
    # shellcheck disable=SC2016  # apt expands these, not the shell
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' \
        --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u | grep -E ' bookworm'
}

make_root() {
    local mirror
    mirror=$(sources | awk '$3 == "bookworm" { print $2; exit }')
    [ -n "$mirror" ] || { echo "fresh: apt on this machine knows no Debian bookworm" >&2 && return 1; }
    rm -rf build/fresh
    mkdir -p build/fresh
    say "debootstrap bookworm from this machine's mirror"
    debootstrap --variant=minbase bookworm "$root" "$mirror" > build/fresh/debootstrap.log ||
        { tail -n 20 build/fresh/debootstrap.log >&2 && return 1; }
    sources > "$root/etc/apt/sources.list"
    apt-config dump | grep -iE '^Acquire::[a-z]+::.*proxy' > "$root/etc/apt/apt.conf.d/90machine" || true
    # No package may start a server of its own in here.
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # As the installer leaves it; debootstrap alone knows no localhost.
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' > "$root/etc/hosts"
    # The certificates this machine trusts, for a package index behind a proxy of its own.
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/machine-ca.crt" 2> /dev/null || true
    git -c safe.directory="$PWD" clone -q --no-hardlinks . "$root/engrave"
}

# Runs as the first process of its own process and mount namespaces.
inside() {
    mount -t proc proc "$root/proc"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
    ln -sf pts/ptmx "$root/dev/ptmx"
    mount -t tmpfs tmpfs "$root/dev/shm"
    local keep=(PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8)
    while read -r setting; do
        keep+=("$setting")
    done < <(env | grep -E '^([a-zA-Z]+_proxy|PIP_[A-Z_]+|ENGRAVE_CI|CI)=' | grep -v '^PIP_CERT=')
    [ ! -s "$root/etc/machine-ca.crt" ] || keep+=(PIP_CERT=/etc/machine-ca.crt)
    for verb in "$@"; do
        say "./dev $verb"
        env -i "${keep[@]}" chroot "$root" /engrave/dev "$verb"
    done
    say "passed: $*"
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
    exit
fi
[ $# -gt 0 ] || set -- demo test
make_root
exec unshare --mount --pid --fork --kill-child "$0" --inside "$@"
