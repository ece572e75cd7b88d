# SPDX-License-Identifier: Apache-2.0
"""A cable between host and chip that knows the messages on it and breaks at one of them.

    with FaultyLine(folder, real_run_dir, uuid, at=7, how="torn") as cable:
        ... engrave host provision vchip:{cable.target} ...

Messages of both directions are counted together, from 1. `how`: "before" message `at` nothing more
passes, "torn" half of it passes, "after" it passes whole. Then both ends lose the line for good.

A message is a McuBoot frame; on a U-Boot console (`console=True`) a line of the host, and all that the
part says until its prompt or until Linux has the line.
"""
import fcntl
import os
import re
import select
import struct
import termios
import threading
import time
import tty

BEFORE, TORN, AFTER = HOWS = ("before", "torn", "after")
SHORT = {0xA1: 2, 0xA2: 2, 0xA3: 2, 0xA6: 2, 0xA7: 10}
SAID = re.compile(rb"\A(?:.*\n)?=> |\A.*\nStarting kernel[^\n]*\n", re.DOTALL)


def line_length(data):
    """Bytes of the line that `data` begins with, as a host types it; 0: it is not ended yet. Ctrl-C is one."""
    return 1 if data[:1] == b"\x03" else data.find(b"\n") + 1


def said_length(data):
    """Bytes of what a console says, up to its prompt; 0: it has not come yet."""
    said = SAID.match(data)
    return said.end() if said else 0


def frame_length(data):
    """Bytes of the McuBoot frame that `data` begins with; 0: not all of its head is here yet."""
    if len(data) < 2:
        return 0
    if data[0] != 0x5A:
        return 1
    if data[1] in SHORT:
        return SHORT[data[1]]
    return 6 + struct.unpack("<H", data[2:4])[0] if len(data) >= 6 else 0


def _unread(terminal):
    """Bytes that wait there for a reader."""
    count = bytearray(4)
    fcntl.ioctl(terminal, termios.FIONREAD, count)
    return struct.unpack("i", count)[0]


class FaultyLine:
    """`messages` tells how many have passed; `sent` and `said` the bytes of host and chip."""

    def __init__(self, folder, real, uuid, at=None, how=AFTER, console=False):
        self.at, self.how, self.messages = at, how, 0
        self.sent = self.said = 0
        folder.mkdir(exist_ok=True)
        self.target = folder / uuid
        self._links = [folder / f"{uuid}.tty", folder / f"{uuid}.app"]
        self._host, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._chip = os.open(real / f"{uuid}.tty", os.O_RDWR | os.O_NOCTTY)
        termios.tcflush(self._chip, termios.TCIOFLUSH)
        self._links[0].symlink_to(os.ttyname(self._slave))
        self._links[1].symlink_to(real / f"{uuid}.app")
        self._wake, self._stop = os.pipe()
        self._buffers = {self._host: b"", self._chip: b""}
        self._length = ({self._host: line_length, self._chip: said_length} if console else
                        {self._host: frame_length, self._chip: frame_length})
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        os.close(self._stop)
        self._thread.join()
        os.close(self._wake)
        for link in self._links:
            link.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        intact = True
        ends = select.poll()
        for fd in (self._host, self._chip, self._wake):
            ends.register(fd, select.POLLIN)
        while intact:
            ready = [fd for fd, _ in ends.poll()]
            if self._wake in ready:
                break
            intact = all(self._pass_on(end) for end in ready)
        for fd in (self._slave, self._host, self._chip):
            os.close(fd)

    def _pass_on(self, end):
        """Every whole message that `end` has sent; False when the cable breaks."""
        other = self._chip if end == self._host else self._host
        data = self._buffers[end] + os.read(end, 65536)
        while data:
            length = self._length[end](data)
            if length == 0 or length > len(data):
                break
            if not self._message(other, data[:length]):
                return False
            data = data[length:]
        self._buffers[end] = data
        return True

    def _let_it_arrive(self, end):
        """Closing a pseudo-terminal loses what its other side has not read yet; a wire would not. The bytes
        pass through a queue of the kernel before they count as unread."""
        termios.tcdrain(end)
        time.sleep(0.01)
        deadline = time.monotonic() + 1
        while end == self._host and _unread(self._slave) and time.monotonic() < deadline:
            time.sleep(0.0005)

    def _message(self, other, data):
        """Deliver one message as far as it gets; False when the cable breaks at it."""
        here = self.messages + 1 == self.at
        if here and self.how == BEFORE:
            return False
        part = data[:len(data) // 2] if here and self.how == TORN else data
        while part:
            part = part[os.write(other, part):]
        if here:
            self._let_it_arrive(other)
            return False
        self.messages += 1
        if other == self._chip:
            self.sent += len(data)
        else:
            self.said += len(data)
        return True
