# SPDX-License-Identifier: Apache-2.0
"""One chip at a time on a line where things go wrong, and what must be true after it was repaired."""
import json
import os
import shutil
import ssl
import subprocess

from tests.helpers.chip_journal import Silicon
from tests.helpers.factory import ID_CERT, Factory, uuid_dec
from tests.helpers.paths import program
from tests.helpers.process import Process

FAMILIES = ["mcxn947", "rw612", "kw45b41z8", "mimx9352"]
CONSOLE = {"mimx9352"}  # U-Boot on the line until Linux has it
PROVISIONED = "PROVISIONING_COMPLETED"


class FaultLine:
    """A factory with one line of `count` chips; each chip gets its own engrave-vchip when needed."""

    def __init__(self, folder, family, count):
        self.factory = Factory(folder)
        nc12 = 999340000000 + FAMILIES.index(family)
        self.line = self.factory.add_line(family, nc12, count=count)
        if f"{family} fuses" not in self.line.objects:
            self.factory.add_fuse_objects(self.line)
        self.factory.run_dir.mkdir()
        self.unused = list(self.line.uuids)
        self.used = []
        self.chips = []

    def chip(self, env=None):
        """The next fresh chip, powered. env: more environment of its process."""
        uuid = self.unused.pop()
        self.used.append(uuid)
        chip = Chip(self, uuid, env)
        self.chips.append(chip)
        return chip

    def group(self):
        return self.factory.service.get(self.line.path())

    def close(self):
        for chip in self.chips:
            chip.stop()
        self.factory.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Chip:
    """A virtual chip in a process of its own."""

    def __init__(self, bench, uuid, env=None):
        self.bench, self.uuid, self.env = bench, uuid, env or {}
        self.factory, self.line = bench.factory, bench.line
        self.file = self.line.chips / f"{uuid}.chip"
        self.process = None
        self.start()

    def start(self):
        argv = [program("engrave-vchip"), "--chips", self.line.chips, "--run", self.factory.run_dir,
                "--only", self.uuid]
        self.process = Process(argv, self.factory.folder / "vchip.log", ready="ready",
                               env={**os.environ, **self.env})

    def stop(self):
        if self.process.alive():
            self.process.stop()

    def kill(self):
        self.process.kill()

    def reborn(self, pristine):
        """The same chip as it left the fab: its state file from before."""
        self.stop()
        shutil.copyfile(pristine, self.file)
        self.start()

    def ctl(self, **request):
        answer = self.factory.ask(self.uuid, request, "ctl")
        assert answer["status"] == 0, answer
        return answer

    def length_of_objects(self):
        """Bytes that the line will load; asked for by the device's id, without the line."""
        path = self.factory.folder / "objects.bin"
        self.factory.engrave("host", "fetch", "-c", self.line.config, "--uuid", self.uuid, "-o", path)
        return path.stat().st_size

    def silicon(self):
        return Silicon(self.file)

    def argv(self, *more, config=None, target=None):
        return [str(program("engrave")), "host", "provision", "-c", str(config or self.line.config),
                "--json", "--run-timeout", "2", *more, target or self.factory.target(self.uuid)]

    def provision(self, **where):
        """Run `engrave host provision`; exit code and its report."""
        done = subprocess.run(self.argv(**where), capture_output=True, text=True, timeout=120,
                              check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else {}

    def start_provision(self, **where):
        return subprocess.Popen(self.argv(**where), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def back_at_the_line(self):
        """What a person does before repeating the command: a part whose Linux runs needs a reset."""
        if self.line.family in CONSOLE and self.ctl(op="dump")["last_result"] is not None:
            self.ctl(op="reset")

    def must_provision(self):
        self.back_at_the_line()
        code, report = self.provision()
        assert code == 0 and report["verified"], report
        return report

    # ---- what the service says -------------------------------------------------------------------

    def certificates(self):
        """DER of every certificate that the service has for this device."""
        content = self.factory.service.get(
            f"/api/v1/rtp/devices/{uuid_dec(self.uuid)}/secure-object-provisionings")["content"]
        assert len(content) == len(self.line.objects)
        assert {entry["provisioningState"] for entry in content} == {PROVISIONED}
        return [ssl.PEM_cert_to_DER_cert(e["certificate"]) for e in content if e.get("certificate")]

    def check_once(self):
        """One device, one certificate, the same on the chip as at the service; one unit of quota."""
        device = self.factory.service.get(f"/api/v1/devices/{uuid_dec(self.uuid)}")
        assert device["state"] == PROVISIONED, device
        (certificate,) = self.certificates()
        on_chip = bytes.fromhex(self.factory.ask(self.uuid, {"op": "read", "key": ID_CERT})["data"])
        assert on_chip.startswith(certificate)
        assert self.bench.group()["quotaUsed"] == len(self.bench.used)


def looks(chip):
    """What two chips of one line have in common: their dump without name and wear."""
    dump = chip.ctl(op="dump")
    for own in ("uuid", "writes", "ifr_wear"):
        del dump[own]
    dump["flash"] = [s["address"] for s in dump["flash"] if s["used"]]
    return dump
