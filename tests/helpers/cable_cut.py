# SPDX-License-Identifier: Apache-2.0
"""Breaks the cable at message k of a provisioning, repeats the command without the cable."""
import time

from tests.helpers.fault_line import CONSOLE, FaultLine, looks
from tests.helpers.faulty_line import AFTER, FaultyLine


END = 20  # messages


class CableCuts:
    """A fresh chip for each cut; `want` is what a chip becomes when nothing happens."""

    def __init__(self, folder, family, count):
        self.bench = FaultLine(folder, family, count + 1)
        self.console = family in CONSOLE
        self.chip = self.bench.chip()
        with self._cable() as cable:
            code, report = self.chip.provision(target=f"vchip:{cable.target}")
        assert code == 0, report
        self.messages, self.length = cable.messages, report["bytes"]
        self.want = looks(self.chip)
        self.chip.stop()

    def close(self):
        self.bench.close()

    def _cable(self, **fault):
        run_dir = self.bench.factory.run_dir
        return FaultyLine(run_dir / "cable", run_dir, self.chip.uuid, console=self.console, **fault)

    def _outcomes(self, at, how):
        """Exit codes that may come of a cut: True for 0. The last frame is the host's thanks: nobody needs
        it. Before it, the host has all when the cable goes, and may or may not see it go. The last words of
        a console are that Linux starts."""
        if at == self.messages and (not self.console or how == AFTER):
            return {True}
        if at == self.messages - 1 and how == AFTER and not self.console:
            return {True, False}
        return {False}

    def _next_chip(self, at):
        """A fresh one; towards the end, one whose objects are as long as the first one's: the signature in a
        certificate is not always of one length, and objects that are longer take more messages."""
        while True:
            chip = self.bench.chip()
            if at <= self.messages - END or chip.length_of_objects() == self.length:
                return chip
            chip.stop()

    def cut(self, at, how):
        self.chip = self._next_chip(at)
        with self._cable(at=at, how=how) as cable:
            code, report = self.chip.provision(target=f"vchip:{cable.target}")
        assert cable.messages == at - 1, "the cable did not break there"
        assert (code == 0) in self._outcomes(at, how), report
        if code != 0:
            assert report["error"]["code"] and report["error"]["next"]
        self._settle()
        self.chip.must_provision()
        self.chip.check_once()
        assert looks(self.chip) == self.want
        self.chip.stop()

    def _settle(self):
        """What the chip was told before the line broke, it finishes."""
        writes = -1
        while writes != (writes := self.chip.ctl(op="dump")["writes"]):
            time.sleep(0.005)
