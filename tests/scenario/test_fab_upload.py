# SPDX-License-Identifier: Apache-2.0
"""Roots of trust on their way to the service: whole or not at all."""
import json
import secrets
import subprocess

import pytest

from tests.helpers.paths import program
from tests.helpers.service import Service


def openssl(*args, stdin=None):
    return subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, check=True,
                          timeout=60).stdout


class Maker:
    """A chip maker that uses openssl instead of `engrave fab`: it can make what fab would not."""

    def __init__(self, folder, service_cert):
        folder.mkdir()
        self.folder, self.service_cert = folder, service_cert
        self.key, self.cert = folder / "signer.key", folder / "signer.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.cert, "-subj", "/CN=maker", "-days", "30")

    def seal(self, text):
        signed = openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", self.cert,
                         "-inkey", self.key, stdin=text.encode())
        path = self.folder / f"{secrets.token_hex(4)}.cms"
        path.write_bytes(openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-outform", "DER",
                                 self.service_cert, stdin=signed))
        return path


def manifest(rows, family="mcxn947"):
    lines = ["engrave-manifest 1", f"family {family}", f"count {len(rows)}", *[f"{u} {k}" for u, k in rows], "end"]
    return "\n".join(lines) + "\n"


def chips(count):
    return [(secrets.token_hex(16), secrets.token_hex(32)) for _ in range(count)]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("fab") / "service") as s:
        yield s


@pytest.fixture(scope="module")
def engrave(service):
    def run(*args):
        done = subprocess.run([str(program("engrave")), *map(str, args), "--url", service.url, "--data",
                               str(service.data), "--json"], capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, json.loads(done.stdout)
    return run


@pytest.fixture(scope="module")
def maker(service, engrave, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maker")
    cert = folder / "service.pem"
    subprocess.run([str(program("engrave")), "fab", "cert", "-o", str(cert), "--url", service.url, "--data",
                    str(service.data)], check=True, timeout=60)
    m = Maker(folder / "maker", cert)
    code, answer = engrave("fab", "enroll", m.cert, "--name", "maker")
    assert code == 0 and answer["id"]
    return m


def known(service, uuid):
    return len(service.get("/api/v1/devices", search=uuid)["content"]) == 1


def test_upload_and_again(service, engrave, maker):
    rows = chips(3)
    path = maker.seal(manifest(rows))
    code, answer = engrave("fab", "upload", path)
    assert code == 0 and (answer["count"], answer["new"], answer["known"]) == (3, 3, 0)
    assert all(known(service, uuid) for uuid, _ in rows)
    code, answer = engrave("fab", "upload", path)
    assert code == 0 and (answer["new"], answer["known"]) == (0, 3)
    more = rows + chips(1)
    code, answer = engrave("fab", "upload", maker.seal(manifest(more)))
    assert code == 0 and (answer["new"], answer["known"]) == (1, 3)


def refused(service, engrave, path, rows, code=None):
    """The upload fails with a code and none of these chips is known afterwards."""
    exit_code, answer = engrave("fab", "upload", path)
    assert exit_code >= 3, answer
    error = answer["error"]
    assert error["code"].startswith("ERR_") and error["next"] and len(error["correlationId"]) == 36
    if code:
        assert error["code"] == code
    assert not any(known(service, uuid) for uuid, _ in rows)


def test_stranger_is_refused(service, engrave, maker, tmp_path):
    rows = chips(2)
    stranger = Maker(tmp_path / "stranger", maker.service_cert)
    refused(service, engrave, stranger.seal(manifest(rows)), rows, "ERR_CMS_SIGNER")


def test_altered_is_refused(service, engrave, maker):
    rows = chips(2)
    path = maker.seal(manifest(rows))
    data = bytearray(path.read_bytes())
    for at in (-1, -20, len(data) // 2):
        bent = bytearray(data)
        bent[at] ^= 1
        path.write_bytes(bent)
        refused(service, engrave, path, rows)
    path.write_bytes(data[:-5])
    refused(service, engrave, path, rows)
    path.write_bytes(data)
    assert engrave("fab", "upload", path)[0] == 0


def test_sealed_to_somebody_else_is_refused(service, engrave, maker, tmp_path):
    rows = chips(1)
    other = Maker(tmp_path / "other", maker.cert)  # sealed to the maker's own certificate
    other.key, other.cert = maker.key, maker.cert
    refused(service, engrave, other.seal(manifest(rows)), rows, "ERR_CMS_RECIPIENT")


def test_unsigned_or_unsealed_is_refused(service, engrave, maker, tmp_path):
    rows = chips(1)
    path = tmp_path / "m.cms"
    path.write_bytes(openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-outform", "DER", maker.service_cert,
                             stdin=manifest(rows).encode()))
    refused(service, engrave, path, rows)
    path.write_bytes(openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", maker.cert,
                             "-inkey", maker.key, stdin=manifest(rows).encode()))
    refused(service, engrave, path, rows)
    path.write_text(manifest(rows))
    refused(service, engrave, path, rows)


def test_another_root_for_a_known_chip_is_refused_whole(service, engrave, maker):
    first = chips(1)
    assert engrave("fab", "upload", maker.seal(manifest(first)))[0] == 0
    fresh = chips(2)
    swapped = [(first[0][0], secrets.token_hex(32))]
    refused(service, engrave, maker.seal(manifest(fresh + swapped)), fresh)


@pytest.mark.parametrize("change", [
    lambda rows: manifest(rows + rows[:1]),                         # a UUID twice
    lambda rows: manifest(rows).replace("count 3", "count 4"),      # fewer than promised
    lambda rows: manifest(rows).replace("count 3", "count 2"),      # more than promised
    lambda rows: manifest(rows, family="no-such-family"),
    lambda rows: manifest(rows).replace("engrave-manifest 1", "engrave-manifest 2"),
    lambda rows: manifest(rows)[:-4],                               # no end
    lambda rows: manifest(rows) + "more\n",
    lambda rows: manifest(rows).replace("\n", "\r\n"),
    lambda rows: manifest([(u, "0" * 63 + "x") for u, _ in rows]),  # no die key
])
def test_malformed_manifests_are_refused_whole(service, engrave, maker, change):
    rows = chips(3)
    refused(service, engrave, maker.seal(change(rows)), rows)


def test_one_signer_twice_is_a_conflict_of_names(engrave, maker, tmp_path):
    code, answer = engrave("fab", "enroll", maker.cert, "--name", "maker")
    assert code == 7, answer
    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert engrave("fab", "enroll", junk, "--name", "junk")[0] == 3
