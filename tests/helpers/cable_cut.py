# SPDX-License-Identifier: Apache-2.0
"""Breaks the cable at message k of a provisioning, repeats the command without the cable."""
import time

from tests.helpers.fault_line import FaultLine, looks
from tests.helpers.faulty_line import FaultyLine


class CableCuts:
    """A fresh chip for each cut; `want` is what a chip becomes when nothing happens."""

    def __init__(self, folder, family, count):
        self.bench = FaultLine(folder, family, count + 1)
        self.chip = self.bench.chip()
        with self._cable() as cable:
            code, report = self.chip.provision(target=f"vchip:{cable.target}")
        assert code == 0, report
        self.messages = cable.messages
        self.want = looks(self.chip)
        self.chip.stop()

    def close(self):
        self.bench.close()

    def _cable(self, **fault):
        run_dir = self.bench.factory.run_dir
        return FaultyLine(run_dir / "cable", run_dir, self.chip.uuid, **fault)

    def cut(self, at, how):
        self.chip = self.bench.chip()
        with self._cable(at=at, how=how) as cable:
            code, report = self.chip.provision(target=f"vchip:{cable.target}")
        last = at == self.messages  # the host's thanks for the firmware's word
        assert (code == 0) == last, report
        if not last:
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
