# SPDX-License-Identifier: Apache-2.0
"""Cuts the power before write n of a whole provisioning by the real programs, and heals it."""
import shutil
import time

from tests.helpers.chip_journal import family_number
from tests.helpers.fault_line import FaultLine, looks

SILENT_EVERY = 16  # this often the host is left alone to find out by its timeout


class PowerCuts:
    """One chip, born again for each cut; `want` is what it becomes when nothing happens."""

    def __init__(self, folder, family):
        self.bench = FaultLine(folder, family, count=1)
        self.chip = self.bench.chip()
        self.pristine = self.bench.factory.folder / "pristine.chip"
        shutil.copyfile(self.chip.file, self.pristine)
        before = self.chip.silicon().writes
        self.chip.must_provision()
        self.want = self.chip.silicon()
        self.writes = self.want.writes - before
        self.dump = looks(self.chip)

    def close(self):
        self.bench.close()

    def _check_between(self):
        """Powerless: nothing foreign is burned, and closed only with everything in place."""
        now, want = self.chip.silicon(), self.want
        for index, value in now.fuses.items():
            assert value & ~want.fuses.get(index, 0) == 0, f"fuse {index}: {value:#x}"
        if now.closed():
            assert now.content() == want.content()

    def _cut(self, after, alone):
        """Run a host until the power goes; the chip's process may end too. False: it never went."""
        self.chip.ctl(op="cut", after=after)
        host = self.chip.start_provision()
        while host.poll() is None and self.chip.ctl(op="dump")["powered"]:
            time.sleep(0.001)
        if self.chip.ctl(op="dump")["powered"]:
            assert host.wait() == 0
            return False
        if not alone:
            host.kill()
        assert host.wait() != 0, "success was told although the power went"
        return True

    def _power_on(self, by_restart):
        if by_restart:
            self.chip.kill()
            self.chip.start()
        else:
            self.chip.ctl(op="power", on=True)

    def _check_healed(self):
        now = self.chip.silicon()
        assert now.content() == self.want.content()
        assert looks(self.chip) == self.dump
        self.chip.check_once()
        shown = self.chip.ctl(op="dump")
        assert shown["writes"] == now.writes >= self.want.writes
        assert shown["ifr_wear"] == now.ifr_wear
        base = family_number(now.family, "flash_address")
        size = family_number(now.family, "flash_sector")
        worn = {(s["address"] - base) // size: s["wear"] for s in shown["flash"] if s["wear"]}
        assert worn == now.wear

    def cut(self, *cuts):
        """Cut before write cuts[0] of the first run, cuts[1] of the second ...; then heal."""
        self.chip.reborn(self.pristine)
        for number, after in enumerate(cuts):
            if not self._cut(after, alone=after % SILENT_EVERY == SILENT_EVERY - 1 and number == 0):
                self.chip.ctl(op="power", on=False)  # the cut that did not come is off, too
                self.chip.ctl(op="power", on=True)
                break
            self._check_between()
            self._power_on(by_restart=(after + number) % 2 == 1)
        self.chip.must_provision()
        self._check_healed()
