# SPDX-License-Identifier: Apache-2.0
"""A small McuBoot host over a serial line, for tests: what a production line says to a chip.

    with McuBoot(path) as host:
        uuid = host.get_property(0x12)

Written from docs/protocol/vchip.md ("Frames", "Commands"), independent of the C code on both sides.
"""
import os
import select
import struct
import termios
import time
import tty

ACK, NAK, ABORT, COMMAND, DATA, PING, PONG = 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7
PASS = 0x5A5A5A5A


class LineError(Exception):
    """The chip did not say what the protocol asks for."""


class CommandError(LineError):
    """A command was answered with a McuBoot status other than 0."""

    def __init__(self, status):
        super().__init__(f"McuBoot status {status}")
        self.status = status


def crc16(data):
    """CRC-16/XMODEM."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def frame(kind, payload):
    head = struct.pack("<BBH", 0x5A, kind, len(payload))
    return head + struct.pack("<H", crc16(head + payload)) + payload


class McuBoot:
    """One open line. Every call waits at most `timeout` seconds for each piece of an answer."""

    def __init__(self, path, timeout=5.0):
        self.timeout = timeout
        self.fd = os.open(os.fspath(path), os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        tty.setraw(self.fd)

    def close(self):
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- frames ------------------------------------------------------------------------------

    def write(self, data):
        """As SPSDK's port does: throw away what was not read before writing."""
        termios.tcflush(self.fd, termios.TCIFLUSH)
        while data:
            data = data[os.write(self.fd, data):]

    def read(self, count):
        data = b""
        end = time.monotonic() + self.timeout
        while len(data) < count:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise LineError(f"silence after {data.hex() or 'nothing'}")
            data += os.read(self.fd, count - len(data))
        return data

    def read_frame(self):
        start, kind = self.read(2)
        if start != 0x5A:
            raise LineError(f"not a frame: {start:02x}{kind:02x}")
        if kind not in (COMMAND, DATA):
            return kind, b""
        head = self.read(4)
        length, crc = struct.unpack("<HH", head)
        payload = self.read(length)
        if crc16(bytes((start, kind)) + head[:2] + payload) != crc:
            raise LineError("wrong CRC from the chip")
        return kind, payload

    def expect(self, wanted):
        kind, payload = self.read_frame()
        if kind != wanted:
            raise LineError(f"frame {kind:02x} instead of {wanted:02x}")
        return payload

    def ping(self):
        self.write(bytes((0x5A, PING)))
        answer = self.read(10)
        if answer[:2] != bytes((0x5A, PONG)) or crc16(answer[:8]) != struct.unpack("<H", answer[8:])[0]:
            raise LineError(f"no ping response: {answer.hex()}")
        return answer[2:6]

    def silent(self, wait=0.3):
        """True if a ping gets no answer."""
        os.write(self.fd, bytes((0x5A, PING)))
        return not select.select([self.fd], [], [], wait)[0]

    # ---- commands ----------------------------------------------------------------------------

    def command(self, tag, *params, data_phase=False):
        """Send a command; returns (response tag, status, words)."""
        self.write(frame(COMMAND, struct.pack(f"<BBBB{len(params)}I", tag, int(data_phase), 0, len(params), *params)))
        self.expect(ACK)
        return self.response()

    def response(self):
        payload = self.expect(COMMAND)
        count = payload[3]
        status, *words = struct.unpack(f"<{count}I", payload[4:4 + 4 * count])
        self.write(bytes((0x5A, ACK)))
        return payload[0], status, words

    def call(self, tag, *params, data_phase=False):
        kind, status, words = self.command(tag, *params, data_phase=data_phase)
        if status != 0:
            raise CommandError(status)
        return kind, words

    def send_data(self, data, packet=256):
        """The data phase of a command just accepted."""
        for at in range(0, len(data), packet):
            self.write(frame(DATA, data[at:at + packet]))
            self.expect(ACK)
        _, status, _ = self.response()
        if status != 0:
            raise CommandError(status)

    def get_property(self, number):
        """Raw bytes of a property's words."""
        _, words = self.call(0x07, number, 0)
        return struct.pack(f"<{len(words)}I", *words)

    def write_memory(self, address, data):
        self.call(0x04, address, len(data), 0, data_phase=True)
        self.send_data(data)

    def read_memory(self, address, length):
        _, words = self.call(0x03, address, length, 0)
        data = b""
        while len(data) < words[0]:
            data += self.expect(DATA)
            self.write(bytes((0x5A, ACK)))
        _, status, _ = self.response()
        if status != 0:
            raise CommandError(status)
        return data

    def erase_region(self, address, length):
        self.call(0x02, address, length, 0)

    def receive_sb_file(self, data):
        self.call(0x08, len(data), data_phase=True)
        self.send_data(data)

    def reset(self):
        self.call(0x0B)

    def read_once(self, index):
        _, words = self.call(0x0F, index, 4)
        return words[1]

    def el2go_version(self):
        return self.call(0x20, 1)[1][0]

    def close_device(self, address, dry_run=False):
        """Result word of the provisioning firmware."""
        return self.call(0x20, 2, address, int(dry_run))[1][0]
