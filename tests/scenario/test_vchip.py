# SPDX-License-Identifier: Apache-2.0
"""engrave-vchip as its neighbours see it: the line, the application's socket, the bench's socket."""
import hashlib
import json
import os
import signal
import socket
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import chip_objects as co
from tests.helpers import mcuboot_image
from tests.helpers.mcuboot import PASS, CommandError, McuBoot
from tests.helpers.paths import program

HOME = {"mcxn947": 0x001C0000, "rw612": 0x084B0000}
FIRMWARE = b"provisioning firmware".ljust(600, b"\x01")
FUSES = bytes.fromhex("4002001e410409d11411")
KEY, FILE, AES = 0x1001, 0x1002, 0x1003
CERTIFICATE = b"a certificate would stand here"


class Bench:
    """Chips of a folder, running."""

    def __init__(self, folder):
        self.chips, self.run = folder / "chips", folder / "run"
        self.chips.mkdir()
        self.process = None
        self.keys = {}

    def make(self, family, number):
        uuid = bytes((number,)) * 16
        die_key = hashlib.sha256(uuid).digest()
        co.make_chip(self.chips, family, uuid, die_key)
        self.keys[uuid.hex()] = die_key
        return uuid.hex()

    def start(self, *more):
        self.process = subprocess.Popen([str(program("engrave-vchip")), "--chips", self.chips, "--run", self.run, *more],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), line + self.process.stderr.read()
        return line

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        code = self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None
        return code

    def line(self, uuid):
        return McuBoot(self.run / f"{uuid}.tty")

    def talk(self, uuid, kind, data):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.run / f"{uuid}.{kind}"))
            answer = b""
            try:
                s.sendall(data)
                while not answer.endswith(b"\n"):
                    piece = s.recv(65536)
                    if not piece:
                        return None
                    answer += piece
            except (ConnectionResetError, BrokenPipeError):
                return None  # hung up while we were still sending
        return json.loads(answer)

    def app(self, uuid, op, **fields):
        return self.talk(uuid, "app", json.dumps({"op": op, **fields}).encode() + b"\n")

    def ctl(self, uuid, op, **fields):
        return self.talk(uuid, "ctl", json.dumps({"op": op, **fields}).encode() + b"\n")


@pytest.fixture(name="bench")
def _bench(tmp_path):
    b = Bench(tmp_path)
    yield b
    if b.process is not None:
        b.process.kill()
        b.process.wait()


def scalar_of(uuid):
    return hashlib.sha256(b"key of " + uuid.encode()).digest()


def make_set(bench, family, uuid, boot_hash, life_cycle=co.CLOSED):
    keys = co.import_keys(family, bench.keys[uuid], boot_hash, life_cycle)
    return b"".join((co.boot_key_hash_object(keys, life_cycle, boot_hash),
                     co.decrypt_key_object(keys, life_cycle, bytes(range(32))),
                     co.fuses_object(keys, life_cycle, FUSES),
                     co.p256_object(keys, life_cycle, KEY, scalar_of(uuid)),
                     co.file_object(keys, life_cycle, FILE, CERTIFICATE),
                     co.aes_object(keys, life_cycle, AES, bytes(range(32)))))


def load(line, family, objects):
    """What el2go-host does before the run."""
    line.ping()
    if family == "mcxn947":
        line.write_memory(0x20000100, objects)
        line.receive_sb_file(FIRMWARE)
    else:
        line.write_memory(HOME[family], objects)
        line.write_memory(0x08001000, FIRMWARE)
        line.reset()


def provision(bench, family, uuid, boot_hash):
    with bench.line(uuid) as line:
        load(line, family, make_set(bench, family, uuid, boot_hash))
    with bench.line(uuid) as line:  # the port is opened anew between steps
        line.ping()
        return line.close_device(HOME[family])


@pytest.mark.parametrize("family", ["mcxn947", "rw612"])
def test_from_blank_to_working(bench, family):
    boot_hash = hashlib.sha256(b"boot key").digest()
    uuid = bench.make(family, 0x42)
    assert bench.start() == "ready 1 chips\n"
    with bench.line(uuid) as line:
        assert line.ping() == bytes((0, 3, 1, 0x50))
        assert line.get_property(0x12).hex() == uuid
        with pytest.raises(CommandError) as unknown:
            line.el2go_version()
        assert unknown.value.status == 10000
        objects = make_set(bench, family, uuid, boot_hash)
        load(line, family, objects)
        before = bench.ctl(uuid, "dump")
        assert line.close_device(HOME[family], dry_run=True) == PASS
        assert bench.ctl(uuid, "dump") == before
        assert line.close_device(HOME[family]) == PASS
        dump = bench.ctl(uuid, "dump")
        assert line.close_device(HOME[family]) == PASS
        assert bench.ctl(uuid, "dump") == dump  # a second run changes nothing
        if family == "rw612":
            assert len(line.read_memory(HOME[family], len(objects))) == len(objects)
        with pytest.raises(CommandError) as secret:
            line.read_once({"mcxn947": 11, "rw612": 92}[family])
        assert secret.value.status == 10001
        assert line.read_once(30) == 0x09D11411
    assert dump["life_cycle"] == "CLOSED" and dump["boot_key_hash"] == boot_hash.hex()
    assert dump["fuses"]["30"] == "09d11411"
    assert dump["decrypt_key_sha256"] == hashlib.sha256(bytes(range(32))).hexdigest()
    check_application(bench, uuid)
    assert bench.stop() == 0
    assert not list(bench.run.iterdir())  # its names are gone
    bench.start()
    check_application(bench, uuid)  # state survives


def check_application(bench, uuid):
    assert bench.app(uuid, "info")["life_cycle"] == "CLOSED"
    assert {o["id"] for o in bench.app(uuid, "list")["objects"]} == {KEY, FILE, AES}
    private = ec.derive_private_key(int.from_bytes(scalar_of(uuid), "big"), ec.SECP256R1())
    message = os.urandom(200)
    answer = bench.app(uuid, "sign", key=KEY, message=message.hex())
    private.public_key().verify(bytes.fromhex(answer["signature"]), message, ec.ECDSA(hashes.SHA256()))
    spki = private.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
    assert bench.app(uuid, "public", key=KEY)["spki"] == spki.hex()
    assert bytes.fromhex(bench.app(uuid, "read", key=FILE)["data"]) == CERTIFICATE
    iv = os.urandom(16).hex()
    sealed = bench.app(uuid, "encrypt", key=AES, alg="CTR", iv=iv, data=message.hex())["data"]
    assert bench.app(uuid, "decrypt", key=AES, alg="CTR", iv=iv, data=sealed)["data"] == message.hex()
    assert bench.app(uuid, "read", key=AES)["status"] == -133
    assert bench.app(uuid, "sign", key=1, message="")["status"] == -140


def test_a_killed_process_loses_nothing(bench):
    uuid = bench.make("mcxn947", 7)
    bench.start()
    assert provision(bench, "mcxn947", uuid, bytes(31) + b"\x01") == PASS
    dump = bench.ctl(uuid, "dump")
    bench.stop(signal.SIGKILL)
    bench.start()  # over the names that the dead one left
    again = bench.ctl(uuid, "dump")
    for field in ("fuses", "ifr", "flash", "writes", "life_cycle"):
        assert again[field] == dump[field]


def test_power_cut_and_second_try(bench):
    uuid = bench.make("rw612", 9)
    bench.start()
    boot_hash = hashlib.sha256(b"k").digest()
    with bench.line(uuid) as line:
        load(line, "rw612", make_set(bench, "rw612", uuid, boot_hash))
        assert bench.ctl(uuid, "cut", after=5)["status"] == 0
        line.timeout = 1
        with pytest.raises(Exception, match="silence"):
            line.close_device(HOME["rw612"])
        assert line.silent()
        assert bench.app(uuid, "info")["status"] == -145
        assert bench.ctl(uuid, "dump")["life_cycle"] == "OPEN"
        assert bench.ctl(uuid, "power", on=True)["status"] == 0
    assert provision(bench, "rw612", uuid, boot_hash) == PASS
    check_application(bench, uuid)


def test_a_counterfeit_fails(bench):
    uuid = bench.make("mcxn947", 3)
    bench.start()
    assert bench.ctl(uuid, "counterfeit")["status"] == 0
    before = bench.ctl(uuid, "dump")["writes"]
    assert provision(bench, "mcxn947", uuid, bytes(32)) == 0xA500D002
    assert bench.ctl(uuid, "dump")["writes"] == before


def test_the_fused_key_decides_what_boots(bench, tmp_path):
    uuid = bench.make("mcxn947", 5)
    bench.start()
    ours, other = tmp_path / "ours.pem", tmp_path / "other.pem"
    mcuboot_image.make_key(ours)
    mcuboot_image.make_key(other)
    assert provision(bench, "mcxn947", uuid, mcuboot_image.boot_key_hash(ours)) == PASS
    for key, boots in ((other, False), (ours, True)):
        with bench.line(uuid) as line:
            line.write_memory(0x00010000, mcuboot_image.sign_image(key, b"app" * 500, (1, 2, 3, 4)))
        bench.ctl(uuid, "reset")
        boot = bench.app(uuid, "info")["boot"]
        assert boot["booted"] is boots, boot
    assert boot["version"] == "1.2.3+4"
    with bench.line(uuid) as line:
        assert line.silent()  # the application runs, nobody answers McuBoot
    bench.ctl(uuid, "reset", isp=True)
    with bench.line(uuid) as line:
        line.ping()


def test_sockets_refuse_nonsense(bench):
    uuid = bench.make("mcxn947", 1)
    bench.start()
    for line in (b"x\n", b"[]\n", b"{}\n", b'{"op":"fly"}\n', b'{"op":"sign"}\n', b'{"op":"sign","key":-1,"message":""}\n',
                 b'{"op":"sign","key":1,"message":"0"}\n', b'{"op":"encrypt","key":1,"alg":"XTS","iv":"","data":""}\n',
                 b'{"op":"fault"}\n', b'{"op":"fault","what":["fuses","luck"]}\n', b'{"op":"fault","what":[1]}\n'):
        for kind in ("app", "ctl"):
            answer = bench.talk(uuid, kind, line)
            assert answer["status"] in (-134, -135) and answer["error"]
    try:  # too long: hung up, with a reset or an end of stream, as it falls between the pieces
        assert bench.talk(uuid, "app", b"a" * 200000) is None
    except (ConnectionResetError, BrokenPipeError):
        pass
    assert bench.app(uuid, "info")["status"] == 0
    with socket.socket(socket.AF_UNIX) as s:  # two requests in one packet: two answers, in order
        s.connect(str(bench.run / f"{uuid}.app"))
        s.sendall(b'{"op":"info"}\n{"op":"list"}\n')
        lines = s.makefile("r")
        assert "uuid" in json.loads(lines.readline()) and "objects" in json.loads(lines.readline())


def test_many_chips_and_only(bench):
    uuids = [bench.make("mcxn947" if i % 2 else "rw612", 0x10 + i) for i in range(12)]
    assert bench.start() == "ready 12 chips\n"
    for uuid in uuids:
        with bench.line(uuid) as line:
            assert line.get_property(0x12).hex() == uuid
    other = subprocess.run([str(program("engrave-vchip")), "--chips", bench.chips, "--run", bench.run / "x"],
                           capture_output=True, text=True, check=False)
    assert other.returncode != 0 and "ERR_CHIP_IN_USE" in other.stderr
    bench.stop()
    assert bench.start("--only", uuids[3], uuids[4]) == "ready 2 chips\n"


def test_help_and_mistakes(bench):
    def call(*args):
        return subprocess.run([str(program("engrave-vchip")), *args], capture_output=True, text=True, check=False)
    assert call("--help").returncode == 0 and "--chips" in call("--help").stdout
    assert call().returncode == 2
    assert call("--fly").returncode == 2
    (bench.chips / f"{'0' * 32}.chip").write_text("not a chip")
    done = call("--chips", str(bench.chips), "--run", str(bench.run))
    assert done.returncode != 0 and "ERR_CHIP_FILE" in done.stderr and not list(bench.run.iterdir())
