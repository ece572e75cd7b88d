# SPDX-License-Identifier: Apache-2.0
"""
A serial line of a given speed between a host and a virtual chip: two pseudo terminals and a thread
per direction that lets a byte pass every 10 bit times (8N1), and counts.
"""
import os
import select
import threading
import time
import tty
from pathlib import Path

SLICE = 32  # bytes handed on at once, about what a UART's FIFO holds


class _Direction(threading.Thread):
    """Bytes from one descriptor to another, not faster than the line."""

    def __init__(self, source, sink, baud, ended):
        super().__init__(daemon=True)
        self.source, self.sink, self.ended = source, sink, ended
        self.byte_s = 10 / baud
        self.count = 0

    def run(self):
        free_at = 0.0
        while not self.ended.is_set():
            ready, _, _ = select.select([self.source], [], [], 0.1)
            if not ready:
                continue
            try:
                data = os.read(self.source, SLICE)
            except OSError:
                return  # the chip's terminal is gone
            free_at = max(time.monotonic(), free_at) + len(data) * self.byte_s
            time.sleep(max(0.0, free_at - time.monotonic()))
            os.write(self.sink, data)
            self.count += len(data)


class PacedLine:
    """
    Makes `folder`/UUID.tty, and UUID.app and UUID.ctl beside it, from those of a running virtual chip
    in `run_dir`; so `vchip:folder/UUID` is that chip behind a line of `baud` bits per second.
    """

    def __init__(self, run_dir, uuid, folder, baud=115200):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tty = self.folder / f"{uuid}.tty"
        chip = os.open(Path(run_dir) / f"{uuid}.tty", os.O_RDWR | os.O_NOCTTY)
        ours, theirs = os.openpty()
        tty.setraw(chip)
        tty.setraw(theirs)
        self._fds = [chip, ours, theirs]  # theirs stays open, so that a host may come and go
        self.links = [self.tty]
        self.tty.symlink_to(os.ttyname(theirs))
        for kind in ("app", "ctl"):
            link = self.folder / f"{uuid}.{kind}"
            link.symlink_to((Path(run_dir) / f"{uuid}.{kind}").resolve())
            self.links.append(link)
        self._ended = threading.Event()
        self._to_chip = _Direction(ours, chip, baud, self._ended)
        self._to_host = _Direction(chip, ours, baud, self._ended)
        self._to_chip.start()
        self._to_host.start()

    @property
    def bytes_to_chip(self):
        return self._to_chip.count

    @property
    def bytes_to_host(self):
        return self._to_host.count

    def close(self):
        self._ended.set()
        for thread in (self._to_chip, self._to_host):
            thread.join()
        for fd in self._fds:
            os.close(fd)
        for link in self.links:
            link.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
