# SPDX-License-Identifier: Apache-2.0
"""
A serial line of a given speed between a host and a virtual chip: two pseudo terminals and a thread
per direction that lets a byte pass every 10 bit times (8N1), and counts.
"""
import collections
import os
import select
import threading
import time
import tty
from pathlib import Path

SLICE = 32  # bytes handed on at once, about what a UART's FIFO holds
BUFFER = 4096  # bytes that wait for the line, as in the kernel's driver


class _Direction(threading.Thread):
    """
    Bytes from one descriptor to another, neither faster nor slower than the line: a byte starts when it
    is there and the one before has passed, however late this thread is told.
    """

    def __init__(self, source, sink, baud, ended):
        super().__init__(daemon=True)
        self.source, self.sink, self.ended = source, sink, ended
        self.byte_s = 10 / baud
        self.count = 0
        self.free_at = 0.0  # when the last byte of the queue has passed
        self.queue = collections.deque()  # (when it has passed, bytes)

    def _take(self):
        data = os.read(self.source, BUFFER)
        self.free_at = max(time.monotonic(), self.free_at)
        for at in range(0, len(data), SLICE):
            piece = data[at:at + SLICE]
            self.free_at += len(piece) * self.byte_s
            self.queue.append((self.free_at, piece))

    def _hand_on(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            piece = self.queue.popleft()[1]
            os.write(self.sink, piece)
            self.count += len(piece)

    def run(self):
        while not self.ended.is_set():
            wait_s = max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else 0.1
            room = len(self.queue) * SLICE < BUFFER
            ready, _, _ = select.select([self.source] if room else [], [], [], wait_s)
            try:
                if ready:
                    self._take()
                self._hand_on()
            except OSError:
                return  # the chip's terminal is gone


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
