# SPDX-License-Identifier: Apache-2.0
"""
A provisioning that fails, as the person at the line sees it: el2go-host, unmodified, and `engrave host` run
the same firmware on the same chip and must name the same status. Every word that the virtual chip's firmware
has comes from its cause; words that only other firmware answers are told by the chip when asked to.
"""
import hashlib
import json
import re
import socket
import subprocess

import pytest

from tests.helpers import chip_objects as co
from tests.helpers.el2go import output
from tests.helpers.failing_sets import CASES, bound
from tests.helpers.mcuboot import PASS, McuBoot
from tests.helpers.paths import SOURCE, program
from tests.helpers.process import Process
from tests.helpers.spsdk import venv_program

FIRMWARE = b"provisioning firmware".ljust(600, b"\x01")
REFUSED = 8  # exit code of `engrave` for what a firmware refuses
WRONG_COMMAND = "0xA500CB11"


def defined(path, pattern):
    return re.findall(pattern, (SOURCE / path).read_text(encoding="ascii"), re.M)


NAMES = dict(defined("host/lib/fw_status.def", r"^FW\((0x\w+), (\w+),"))
FAILING = [word for word in NAMES if int(word, 16) != PASS]
OURS = {f"0x{int(word, 16):08X}" for word in defined("vchip/prov_result.h", r"^#define EG_PROV_\w+ +(0x\w+?)u$")}


class El2goLoop:
    """el2go-host in one process for many commands."""

    def __init__(self, folder):
        env = {"HOME": str(folder), "SPSDK_CACHE_FOLDER": str(folder / "cache"), "SPSDK_INTERACTIVE_DISABLED": "1",
               "SPSDK_DEBUG_LOGGING_DISABLED": "1", "PATH": "/usr/bin:/bin", "COLUMNS": "400"}
        argv = [str(venv_program("python")), str(SOURCE / "tests" / "acceptance" / "el2go_loop.py")]
        self.process = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *arguments):
        self.process.stdin.write(json.dumps([str(a) for a in arguments]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], answer["said"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


class Bench:
    """Chips with known die keys, all powered; one configuration for each place of the objects."""

    def __init__(self, folder):
        self.folder, self.chips, self.run = folder, folder / "chips", folder / "run"
        self.chips.mkdir()
        self.dies, self.process = {}, None
        (folder / "firmware.bin").write_bytes(FIRMWARE)

    def make(self, family):
        uuid = hashlib.md5(f"status chip {len(self.dies)}".encode()).digest()
        self.dies[uuid.hex()] = hashlib.sha256(uuid).digest()
        co.make_chip(self.chips, family, uuid, self.dies[uuid.hex()])
        return uuid.hex()

    def start(self):
        argv = [program("engrave-vchip"), "--chips", self.chips, "--run", self.run]
        self.process = Process(argv, self.folder / "vchip.log", ready="ready")

    def ctl(self, uuid, **request):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.run / f"{uuid}.ctl"))
            s.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(s.makefile("r").readline())
        assert answer["status"] == 0, answer
        return answer

    def tty(self, uuid):
        return self.run / f"{uuid}.tty"

    def config(self, family, address):
        """What both hosts read; nobody is at the url, and nobody is asked."""
        path = self.folder / f"{family}-{address:x}.yaml"
        path.write_text(f"family: {family}\nurl: https://127.0.0.1:1\napi_key: none\ndevice_group_id: 1\nnc12: 999340000274\n"
                        f"secure_objects_address: {address:#x}\nprov_fw_path: {self.folder / 'firmware.bin'}\ndelay: 0\n",
                        encoding="ascii")
        return path

    def close_chip(self, uuid):
        """Provision it as a whole."""
        self.load_blindly(uuid, bound(self.dies[uuid]).whole())
        with McuBoot(self.tty(uuid)) as line:
            assert line.close_device(0x001C0000) == PASS

    def load_blindly(self, uuid, objects):
        """As a tool does that does not look at what it loads."""
        with McuBoot(self.tty(uuid)) as line:
            line.write_memory(0x20000100, objects)
            line.receive_sb_file(FIRMWARE)

    def engrave(self, verb, uuid, config, *more):
        """`engrave host VERB`: exit code and report."""
        done = subprocess.run([str(program("engrave")), "host", verb, "--json", "-c", str(config),
                               f"vchip:{self.run / uuid}", *map(str, more)], capture_output=True, text=True, timeout=60,
                              check=False)
        return done.returncode, json.loads(done.stdout)

    def engrave_run(self, uuid, config):
        return self.engrave("run", uuid, config, "--no-report")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    b = Bench(tmp_path_factory.mktemp("st"))
    b.by_case = [b.make(case.family) for case in CASES]
    b.plain = b.make("mcxn947")
    b.start()
    yield b
    b.process.stop()


@pytest.fixture(scope="module")
def el2go(bench):
    loop = El2goLoop(bench.folder)
    yield loop
    loop.close()


def name_said(said):
    """Word and name that el2go-host prints."""
    found = re.search(r"status: \d+ \((0x[0-9a-f]+)\) (\w+)", said)
    assert found, said
    return int(found[1], 16), found[2]


def check_both(word, by_el2go, by_engrave):
    code, said = by_el2go
    exit_code, report = by_engrave
    assert code == 2, said
    assert name_said(said) == (int(word, 16), "STATUS_" + NAMES[word])
    assert exit_code == REFUSED and not report["ok"] and report["statusWord"] == word, report
    error = report["error"]
    assert error["code"] == "ERR_FIRMWARE" and f"{word} ({NAMES[word]})" in error["cause"] and error["next"], error


def load(bench, el2go, uuid, config, objects, refused=()):
    """By el2go-host. `refused`: both hosts see at once that this file is no set for the part."""
    path = bench.folder / "objects.bin"
    path.write_bytes(objects)
    code, said = el2go("dev", "prepare-device", "-p", bench.tty(uuid), "-c", config, "-sf", path)
    assert (code == 0) == (not refused), said
    if refused:
        exit_code, report = bench.engrave("load", uuid, config, path)
        assert refused[0] in said and exit_code != 0 and report["error"]["code"] == refused[1], (said, report)
        bench.load_blindly(uuid, objects)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c.word:08X} {c.why}" for c in CASES])
def test_a_cause_on_the_chip(bench, el2go, number):
    case, uuid = CASES[number], bench.by_case[number]
    word, config, die = f"0x{case.word:08X}", bench.config(case.family, case.address), bench.dies[uuid]
    if case.closed_before:
        bench.close_chip(uuid)
    load(bench, el2go, uuid, config, case.make(bound(die, co.OPEN, bytes(32), case.family), die), case.hosts_refuse)
    bench.ctl(uuid, op="fault", what=case.faults)
    before = bench.ctl(uuid, op="dump")
    by_el2go = el2go("dev", "run-provisioning", "-p", bench.tty(uuid), "-c", config)
    between = bench.ctl(uuid, op="dump")
    check_both(word, by_el2go, bench.engrave_run(uuid, config))
    after = bench.ctl(uuid, op="dump")
    assert after["last_result"] == word and after["life_cycle"] == before["life_cycle"]
    assert after["writes"] == between["writes"] and (between["writes"] > before["writes"]) == case.burns
    if case.faults:  # repaired, the same objects go through
        bench.ctl(uuid, op="fault", what=[])
        assert bench.engrave_run(uuid, config)[0] == 0
        assert bench.ctl(uuid, op="dump")["life_cycle"] == "CLOSED"


def test_the_command_for_a_batch_is_the_wrong_one(bench, el2go):
    """el2go-host's prod commands send it; `engrave host` has none, so that its chip is told to say so."""
    config = bench.config("mcxn947", 0x001C0000)
    load(bench, el2go, bench.plain, config, bound(bench.dies[bench.plain]).whole())
    code, said = el2go("prod", "run-provisioning", "-p", bench.tty(bench.plain), "-c", config)
    bench.ctl(bench.plain, op="result", word=WRONG_COMMAND)
    check_both(WRONG_COMMAND, (code, said), bench.engrave_run(bench.plain, config))


def test_words_of_other_firmware(bench, el2go):
    config = bench.config("mcxn947", 0x001C0000)
    load(bench, el2go, bench.plain, config, bound(bench.dies[bench.plain]).whole())
    before = bench.ctl(bench.plain, op="dump")["writes"]
    others = [word for word in FAILING if word not in OURS]
    for word in others:
        bench.ctl(bench.plain, op="result", word=word)
        by_el2go = el2go("dev", "run-provisioning", "-p", bench.tty(bench.plain), "-c", config)
        bench.ctl(bench.plain, op="result", word=word)
        check_both(word, by_el2go, bench.engrave_run(bench.plain, config))
    assert bench.ctl(bench.plain, op="dump")["writes"] == before
    print(f"statuses: {len(CASES) + 1} from their cause, {len(others)} told, the same name by both hosts")


def test_every_word_of_our_firmware_has_a_cause_here():
    assert {f"0x{c.word:08X}" for c in CASES} | {WRONG_COMMAND, f"0x{PASS:08X}"} == OURS
    assert OURS <= {f"0x{PASS:08X}", *FAILING} and len(FAILING) == 130


def test_the_exit_code_of_a_process_of_its_own(bench):
    """As the loop says: el2go-host started by itself ends with 2."""
    config = bench.config("mcxn947", 0x001C0000)
    uuid = bench.plain
    bench.ctl(uuid, op="reset", isp=True)
    bench.load_blindly(uuid, b"nothing of use".ljust(64, b"."))
    done = subprocess.run([str(venv_program("el2go-host")), "dev", "run-provisioning", "-p", str(bench.tty(uuid)), "-c",
                           str(config)], capture_output=True, text=True, timeout=120, check=False,
                          env={"HOME": str(bench.folder), "PATH": "/usr/bin:/bin", "COLUMNS": "400",
                               "SPSDK_CACHE_FOLDER": str(bench.folder / "cache")})
    check_both("0xA50AB518", (done.returncode, output(done)), bench.engrave_run(uuid, config))
