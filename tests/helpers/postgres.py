# SPDX-License-Identifier: Apache-2.0
"""
A private PostgreSQL cluster in a temporary folder, reachable by a Unix socket only.

Python:  with Postgres() as pg: ... pg.url()
Others:  python3 -m tests.helpers.postgres COMMAND...
         runs COMMAND with ENGRAVE_TEST_POSTGRES=postgresql://... and stops the cluster after it.

initdb refuses to run as root; then the cluster belongs to the user postgres (the package makes it).
"""
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.helpers.preload import Disk

SETTINGS = ("listen_addresses = ''\nmax_connections = 60\nshared_buffers = 64MB\n"
            "log_min_messages = warning\n")


def bin_dir():
    """Folder of initdb and pg_ctl: the newest version that is installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                      key=lambda p: int(p.parts[-3]))
    if not versions:
        raise FileNotFoundError("PostgreSQL is missing: ./dev test installs it")
    return versions[-1].parent


class Postgres:
    """
    One cluster with the superuser `engrave` (trusted on its socket). Tests do not wait for the disk;
    `durable` does, as an installation would, and has a log that holds a benchmark. `faulty`: its disk
    can be made to fail, by `disk` (tests/helpers/preload.py).
    """

    def __init__(self, durable=False, faulty=False):
        self.dir = Path(tempfile.mkdtemp(prefix="egpg-"))
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self.owner:
            os.chown(self.dir, self.owner.pw_uid, self.owner.pw_gid)
        os.chmod(self.dir, 0o755)
        self.data = self.dir / "data"
        self._run("initdb", "-D", self.data, "-U", "engrave", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")
        with open(self.data / "postgresql.conf", "a", encoding="ascii") as conf:
            conf.write(SETTINGS + f"unix_socket_directories = '{self.dir}'\n")
            conf.write("fsync = on\nmax_wal_size = 4GB\n" if durable else "fsync = off\n")
        self.disk = Disk(self.dir / "switch", "postgres", self.data) if faulty else None
        self.start()

    def start(self):
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.dir / "log", "start",
                  env=self.disk.env if self.disk else {})

    def alive(self):
        try:
            self._run("pg_ctl", "-D", self.data, "status")
        except RuntimeError:
            return False
        return True

    def stop(self, mode="fast"):
        """mode "immediate" is a crash: the next start() recovers from the log."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def url(self, database="postgres"):
        return f"postgresql://engrave@/{database}?host={self.dir}"

    def create_database(self, name):
        """A new empty database; returns its URL."""
        self._run("createdb", "-h", self.dir, "-U", "engrave", name)
        return self.url(name)

    def close(self):
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, tool, *args, env=None):
        user = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        done = subprocess.run([str(bin_dir() / tool), *map(str, args)], cwd=self.dir,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C", **(env or {})},
                              **(user if self.owner else {}))
        if done.returncode != 0:
            raise RuntimeError(f"{tool} failed:\n{done.stdout.decode(errors='replace')}")


def main(command):
    with Postgres() as pg:
        env = dict(os.environ, ENGRAVE_TEST_POSTGRES=pg.url())
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
