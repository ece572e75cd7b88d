# SPDX-License-Identifier: Apache-2.0
"""
NXP's el2go-host, unmodified, against our service and our virtual chips.

It gets a configuration file and REQUESTS_CA_BUNDLE, nothing else: the same file that `engrave host`
reads. What it leaves on the chip is then proven by using it.
"""
import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers import mcuboot_image
from tests.helpers.factory import ID_CERT, ID_KEY, Factory, uuid_dec
from tests.helpers.spsdk import el2go_host, imgtool

FAMILIES = {"mcxn947": 999340000274, "rw612": 999340000612}


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    with Factory(tmp_path_factory.mktemp("factory")) as f:
        for family, nc12 in FAMILIES.items():
            f.add_line(family, nc12, count=3)
        f.power_on()
        yield f


@pytest.fixture(scope="module")
def host(factory):
    """Runs el2go-host with arguments; returns the finished process."""
    program = el2go_host()
    env = {**os.environ, "REQUESTS_CA_BUNDLE": str(factory.service.ca_file), "NO_PROXY": "127.0.0.1",
           "HOME": str(factory.folder), "SPSDK_CACHE_FOLDER": str(factory.folder / "spsdk-cache"),
           "SPSDK_INTERACTIVE_DISABLED": "1", "SPSDK_DEBUG_LOGGING_DISABLED": "1"}

    def run(*args, **change):
        return subprocess.run([str(program), *map(str, args)], env={**env, **change}, capture_output=True,
                              text=True, timeout=180, check=False)

    return run


def line_of(factory, family):
    return next(line for line in factory.lines if line.family == family)


def output(done):
    return done.stdout + done.stderr


@pytest.mark.parametrize("family", FAMILIES)
def test_connection(factory, host, family):
    done = host("utils", "test-connection", "-c", line_of(factory, family).config)
    assert done.returncode == 0, output(done)
    assert "12NC and Device Group tested successfully" in output(done)


def test_connection_with_a_bad_key_is_refused_with_our_words(factory, host, tmp_path):
    config = tmp_path / "bad.yaml"
    text = line_of(factory, "mcxn947").config.read_text(encoding="ascii")
    config.write_text("\n".join("api_key: wrong-key" if row.startswith("api_key") else row
                                for row in text.splitlines()), encoding="ascii")
    done = host("utils", "test-connection", "-c", config)
    assert done.returncode == 2
    assert "401" in output(done) and "ERR_" in output(done)


@pytest.mark.parametrize("family", FAMILIES)
def test_provision_device(factory, host, family):
    line = line_of(factory, family)
    uuid = line.uuids[0]
    done = host("dev", "provision-device", "-p", factory.tty(uuid), "-f", family, "-c", line.config)
    assert done.returncode == 0, output(done)
    assert "Secure Objects provisioned successfully" in output(done)
    check_chip(factory, line, uuid)


def test_provisioning_again_gives_the_same_chip(factory, host):
    """The repeated command ends in the same device: one certificate, one unit of quota."""
    line = line_of(factory, "mcxn947")
    uuid = line.uuids[1]
    args = ("dev", "provision-device", "-p", factory.tty(uuid), "-f", line.family, "-c", line.config)
    assert host(*args).returncode == 0
    first = factory.ask(uuid, {"op": "read", "key": ID_CERT})["data"]
    used = factory.service.get(line.path())["quotaUsed"]
    done = host(*args)
    assert done.returncode == 0, output(done)
    assert factory.ask(uuid, {"op": "read", "key": ID_CERT})["data"] == first
    assert factory.service.get(line.path())["quotaUsed"] == used


def test_a_dry_run_burns_nothing(factory, host):
    line = line_of(factory, "rw612")
    uuid = line.uuids[1]
    before = factory.ask(uuid, {"op": "dump"}, "ctl")
    done = host("dev", "provision-device", "-p", factory.tty(uuid), "-f", line.family, "-c", line.config, "--dry-run")
    assert done.returncode == 0, output(done)
    after = factory.ask(uuid, {"op": "dump"}, "ctl")
    assert after["fuses"] == before["fuses"] and after["life_cycle"] == before["life_cycle"]


def test_a_counterfeit_chip_is_found_by_its_own_firmware(factory, host):
    line = line_of(factory, "mcxn947")
    uuid = line.uuids[2]
    assert factory.ask(uuid, {"op": "counterfeit"}, "ctl")["status"] == 0
    done = host("dev", "provision-device", "-p", factory.tty(uuid), "-f", line.family, "-c", line.config)
    assert done.returncode == 2
    assert "Provisioning failed with status" in output(done)


def check_chip(factory, line, uuid):
    """The chip holds what was configured, and its key belongs to the certificate on it."""
    dump = factory.ask(uuid, {"op": "dump"}, "ctl")
    assert dump["life_cycle"] == "CLOSED"
    assert dump["boot_key_hash"] == mcuboot_image.boot_key_hash(line.boot_key).hex()
    stored = bytes.fromhex(factory.ask(uuid, {"op": "read", "key": ID_CERT})["data"])
    folder = Path(factory.folder)
    (folder / "leaf.der").write_bytes(stored)
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", folder / "leaf.der", "-out", folder / "leaf.pem"],
                   check=True, capture_output=True)
    chain = factory.service.get(f"/api/v1/rtp/certificate-authorities/{line.ca}/chain")
    (folder / "chain.pem").write_text(chain, encoding="ascii")
    verify = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", folder / "chain.pem", folder / "leaf.pem"],
                            capture_output=True, text=True, check=False)
    assert verify.returncode == 0, verify.stdout + verify.stderr
    subject = subprocess.run(["openssl", "x509", "-in", folder / "leaf.pem", "-noout", "-subject"], check=True,
                             capture_output=True, text=True).stdout
    assert uuid in subject.lower()
    check_signature(factory, uuid, folder / "leaf.pem")
    states = factory.service.get(f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")
    assert {row["provisioningState"] for row in states["content"]} <= {"GENERATION_COMPLETED",
                                                                       "PROVISIONING_COMPLETED"}


def check_signature(factory, uuid, certificate):
    """A message signed by the chip verifies with the public key in its certificate."""
    folder = Path(factory.folder)
    message = os.urandom(64)
    answer = factory.ask(uuid, {"op": "sign", "key": ID_KEY, "message": message.hex()})
    assert answer["status"] == 0, answer
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(bytes.fromhex(answer["signature"]))
    public = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True,
                            capture_output=True).stdout
    (folder / "public.pem").write_bytes(public)
    done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", folder / "public.pem", "-signature",
                           folder / "signature", folder / "message"], capture_output=True, text=True, check=False)
    assert "Verified OK" in done.stdout, done.stdout + done.stderr


def test_imgtool_signed_image_boots_only_with_the_fused_key(factory, host, tmp_path):
    """The internal object took effect: the boot ROM takes the fused key's image and no other."""
    line = line_of(factory, "mcxn947")
    uuid = line.uuids[0]
    test_provision_device(factory, host, "mcxn947")
    other = tmp_path / "other.pem"
    mcuboot_image.make_key(other)
    for key, boots in ((other, False), (line.boot_key, True)):
        image = sign_with_imgtool(tmp_path, key)
        boot = factory.load_image(uuid, image)
        assert boot["booted"] is boots, boot


def sign_with_imgtool(folder, key):
    payload = folder / "app.bin"
    payload.write_bytes(os.urandom(4096))
    image = folder / f"{key.stem}.img"
    subprocess.run([str(imgtool()), "sign", "--key", str(key), "--public-key-format", "full", "--header-size",
                    "0x20", "--pad-header", "--slot-size", "0x20000", "--version", "1.2.3", str(payload), str(image)],
                   check=True, capture_output=True)
    return image
