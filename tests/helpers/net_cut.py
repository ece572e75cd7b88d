# SPDX-License-Identifier: Apache-2.0
"""Breaks the network at HTTP exchange k of a provisioning, repeats the command without the fault."""
from tests.helpers.fault_line import FaultLine, looks
from tests.helpers.faulty_net import FaultyNet


class NetCuts:
    """A fresh chip for each cut; `want` is what a chip becomes when nothing happens."""

    def __init__(self, folder, family, count):
        self.bench = FaultLine(folder, family, count + 1)
        with FaultyNet(self.bench.factory.service) as net:
            chip, code, report = self._provision(net)
        assert code == 0 and report["verified"], report
        self.exchanges, self.requests = net.exchanges, net.requests
        self.want = looks(chip)
        chip.stop()

    def close(self):
        self.bench.close()

    def _provision(self, net):
        """A fresh chip over this network."""
        config = self.bench.line.config.with_name("faulty.yaml")
        config.write_text(self.bench.line.config.read_text(encoding="ascii").replace(
            self.bench.factory.service.url, net.url), encoding="ascii")
        chip = self.bench.chip()
        return chip, *chip.provision(config=config)

    def cut(self, at, how):
        with FaultyNet(self.bench.factory.service, at, how) as net:
            chip, code, report = self._provision(net)
        assert net.exchanges == at and code != 0
        assert report["error"]["code"] == "ERR_SERVICE_UNREACHABLE", report
        chip.must_provision()
        chip.check_once()
        assert looks(chip) == self.want
        chip.stop()
