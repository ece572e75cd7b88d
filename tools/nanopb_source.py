#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nanopb's C runtime as source, to be compiled for another processor than this machine's.

Debian's libnanopb-dev holds it compiled for this machine only, so its source package is fetched: from
the same archives and with the same checks of signatures as any package, in the version installed.
Nothing outside the folder given is changed."""
import subprocess
import sys
import tarfile
from pathlib import Path

FILES = ["pb.h", "pb_common.c", "pb_common.h", "pb_decode.c", "pb_decode.h", "pb_encode.c",
         "pb_encode.h"]


def installed_version():
    out = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "libnanopb-dev"], check=True,
                         capture_output=True, text=True)
    return out.stdout


def source_lists(folder):
    """The machine's package lists, asking for sources instead of packages."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for path in (p for p in found if p.is_file() and p.suffix in (".list", ".sources")):
        lines = path.read_text(encoding="utf-8").splitlines()
        swapped = ["Types: deb-src" if line.split() == ["Types:", "deb"] else
                   line.replace("deb ", "deb-src ", 1) if line.startswith("deb ") else line
                   for line in lines if not line.startswith("deb-src ")]
        (folder / path.name).write_text("\n".join(swapped) + "\n", encoding="utf-8")


def apt(folder, *arguments):
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    options = ["-qq", "-o", "Dir::Etc::sourcelist=/dev/null",
               "-o", f"Dir::Etc::sourceparts={folder / 'parts'}",
               "-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={folder / 'cache'}",
               "-o", "APT::Update::Post-Invoke-Success::=",
               "-o", "APT::Sandbox::User="]
    subprocess.run(["apt-get", *options, *arguments], check=True, cwd=folder)


def unpack(folder, version):
    """The runtime's files out of the upstream archive of the source package."""
    upstream = version.rsplit("-", 1)[0]
    with tarfile.open(next(folder.glob(f"nanopb_{upstream}.orig.tar.*"))) as archive:
        for name in FILES:
            member = next(m for m in archive.getmembers() if m.name.endswith("/" + name) and
                          m.name.count("/") == 1)
            (folder / name).write_bytes(archive.extractfile(member).read())


def fetch(folder):
    """Folder with FILES; fetched once."""
    version = installed_version()
    folder = Path(folder).resolve() / f"nanopb-{version}"
    if not all((folder / name).is_file() for name in FILES):
        folder.mkdir(parents=True, exist_ok=True)
        source_lists(folder / "parts")
        apt(folder, "update")
        apt(folder, "source", "--download-only", f"nanopb={version}")
        unpack(folder, version)
    return folder


if __name__ == "__main__":
    print(fetch(sys.argv[1]))
