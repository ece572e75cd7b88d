# SPDX-License-Identifier: Apache-2.0
"""The chip maker's side without a service: what `engrave fab make` leaves, read by openssl."""
import json
import re
import stat
import subprocess

import pytest

from tests.helpers.paths import program


def engrave(*args, **more):
    return subprocess.run([str(program("engrave")), *map(str, args)], capture_output=True, text=True,
                          timeout=120, check=False, **more)


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], capture_output=True, check=True, timeout=60).stdout


@pytest.fixture
def service(tmp_path):
    """Key and certificate of a service, as the vault would have made them."""
    key, cert = tmp_path / "service.key", tmp_path / "service.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", cert, "-subj", "/CN=service", "-days", "30")
    return key, cert


def open_manifest(manifest, service, signer, tmp_path):
    """Decrypt with the service's key, check the signature by exactly this signer; the text."""
    key, cert = service
    signed = tmp_path / "signed.der"
    openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", manifest, "-inkey", key,
            "-recip", cert, "-out", signed)
    return openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-CAfile", signer,
                   "-certfile", signer, "-nointern", "-purpose", "any").decode()


def make(tmp_path, service, *more, family="mcxn947", count=5):
    return engrave("fab", "make", "--family", family, "--count", count, "--dir", tmp_path / "chips",
                   "--service-cert", service[1], "--json", *more)


def test_manifest_names_exactly_the_chips(tmp_path, service):
    done = make(tmp_path, service)
    assert done.returncode == 0, done.stderr
    chips = tmp_path / "chips"
    text = open_manifest(chips / "manifest.cms", service, chips / "signer.pem", tmp_path)
    lines = text.split("\n")
    assert lines[:3] == ["engrave-manifest 1", "family mcxn947", "count 5"]
    assert lines[-2:] == ["end", ""]
    rows = [re.fullmatch("([0-9a-f]{32}) ([0-9a-f]{64})", line).groups() for line in lines[3:-2]]
    assert sorted(uuid for uuid, _ in rows) == sorted(p.stem for p in chips.glob("*.chip"))
    assert len({key for _, key in rows}) == 5


def test_secrets_are_for_their_owner_only(tmp_path, service):
    assert make(tmp_path, service).returncode == 0
    chips = tmp_path / "chips"
    for path in [chips / "signer.key", *chips.glob("*.chip")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = open_manifest(chips / "manifest.cms", service, chips / "signer.pem", tmp_path)
    die_key = bytes.fromhex(text.split("\n")[3].split()[1])
    sealed = (chips / "manifest.cms").read_bytes()
    assert die_key not in sealed and die_key.hex().encode() not in sealed


def test_a_manifest_is_never_overwritten(tmp_path, service):
    assert make(tmp_path, service).returncode == 0
    before = (tmp_path / "chips" / "manifest.cms").read_bytes()
    again = make(tmp_path, service)
    assert again.returncode == 7  # conflict
    assert json.loads(again.stdout)["error"]["code"] == "ERR_FILE_EXISTS"
    assert (tmp_path / "chips" / "manifest.cms").read_bytes() == before
    assert len(list((tmp_path / "chips").glob("*.chip"))) == 5
    more = make(tmp_path, service, "--manifest", tmp_path / "second.cms")
    assert more.returncode == 0
    assert json.loads(more.stdout)["signerMade"] is False
    assert len(list((tmp_path / "chips").glob("*.chip"))) == 10


def test_signer_needs_key_and_certificate(tmp_path, service):
    assert make(tmp_path, service).returncode == 0
    (tmp_path / "chips" / "signer.key").unlink()
    done = make(tmp_path, service, "--manifest", tmp_path / "second.cms")
    assert done.returncode == 15
    assert not (tmp_path / "second.cms").exists()
    assert len(list((tmp_path / "chips").glob("*.chip"))) == 5


def test_manifest_only_makes_no_chips_and_is_quick(tmp_path, service):
    done = make(tmp_path, service, "--manifest-only", family="rw612", count=20000)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["count"] == 20000 and answer["files"] == 0
    assert answer["ms"] < 60000
    chips = tmp_path / "chips"
    assert not list(chips.glob("*.chip"))
    text = open_manifest(chips / "manifest.cms", service, chips / "signer.pem", tmp_path)
    lines = text.split("\n")
    assert len({line.split()[0] for line in lines[3:-2]}) == 20000


@pytest.mark.parametrize("change, code, exit_code", [
    ({"--family": "no-such"}, "ERR_HOST_FAMILY", 6),
    ({"--count": "0"}, "ERR_MANIFEST_SIZE", 9),
    ({"--count": "1000001"}, "ERR_MANIFEST_SIZE", 9),
    ({"--service-cert": "/nonexistent.pem"}, "ERR_FILE", 15),
    ({"--service-cert": "/dev/null"}, None, None),
])
def test_what_is_refused_leaves_nothing(tmp_path, service, change, code, exit_code):
    args = {"--family": "mcxn947", "--count": "3", "--dir": str(tmp_path / "chips"),
            "--service-cert": str(service[1]), **change}
    done = engrave("fab", "make", "--json", *[x for pair in args.items() for x in pair])
    assert done.returncode != 0
    if code:
        assert json.loads(done.stdout)["error"]["code"] == code
        assert done.returncode == exit_code
    assert not list((tmp_path / "chips").glob("*.c*"))


def test_sealed_secret_opens_for_the_service_only(tmp_path, service):
    key, cert = service
    out = tmp_path / "secret.cms"
    done = engrave("secret", "seal", "--cert", cert, "--company", "Example Devices", "--purpose", "HMAC_KEY",
                   "-o", out, input="sixteen byte key")
    assert done.returncode == 0, done.stderr
    text = openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", out, "-inkey", key,
                   "-recip", cert).decode()
    assert text.split("\n")[:4] == ["Engrave-Secret: 1", "Company: Example Devices",
                                    "Purpose: HMAC_KEY", "Value: c2l4dGVlbiBieXRlIGtleQ=="]
    assert b"sixteen" not in out.read_bytes()


@pytest.mark.parametrize("purpose, value", [("KEYPAIR", "x"), ("HMAC_KEY", ""), ("HMAC_KEY", "x" * 20000)])
def test_secret_that_is_none(tmp_path, service, purpose, value):
    out = tmp_path / "secret.cms"
    done = engrave("secret", "seal", "--cert", service[1], "--company", "A", "--purpose", purpose,
                   "-o", out, "--json", input=value)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "ERR_SECRET"
    assert not out.exists()
