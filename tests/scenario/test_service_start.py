# SPDX-License-Identifier: Apache-2.0
"""engraved as a program: first start, second start, refusals before it starts, shutdown."""
import shutil
import ssl
import stat
import subprocess
import time

import pytest
import requests

from tests.helpers.paths import program
from tests.helpers.service import Service

PRIVATE_FILES = ["admin.key", "apikey.pepper", "vault.key", "vault.passphrase", "tls/server.key",
                "tls/ca.key", "engrave.db"]


def run(*args):
    return subprocess.run([program("engraved"), *map(str, args)], capture_output=True, text=True,
                          timeout=30, check=False)


def test_first_start_makes_everything(tmp_path):
    begin = time.monotonic()
    with Service(tmp_path / "data") as service:
        took = time.monotonic() - begin
        for name in [*PRIVATE_FILES, "tls/ca.pem", "tls/server.pem"]:
            assert (service.data / name).stat().st_size > 0, name
        for name in PRIVATE_FILES:
            assert stat.S_IMODE((service.data / name).stat().st_mode) == 0o600, name
        assert service.get("/healthz")["status"] == "ok"
        assert service.key not in service.process.log_text()
        assert took < 10, f"ready after {took:.1f} s"


def test_second_start_keeps_identity_and_data(tmp_path):
    with Service(tmp_path / "data") as service:
        first_key, first_ca = service.key, service.ca_file.read_bytes()
        service.post("/api/v1/products", {"nc12": 935000000012, "name": "a", "family": "rw612"})
        service.restart()
        assert (service.key, service.ca_file.read_bytes()) == (first_key, first_ca)
        assert service.get("/api/v1/products/935000000012")["family"] == "rw612"


def test_tls_certificate_names_and_versions(service):
    port = int(service.url.rsplit(":", 1)[1])
    context = ssl.create_default_context(cafile=str(service.ca_file))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    pem = ssl.get_server_certificate(("127.0.0.1", port), ca_certs=str(service.ca_file))
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName"], input=pem,
                          capture_output=True, text=True, check=True).stdout
    for name in ("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"):
        assert name in text
    session = requests.Session()
    session.trust_env = False
    assert session.get(f"https://localhost:{port}/healthz", verify=str(service.ca_file),
                       timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        session.get(f"https://127.0.0.1:{port}/healthz", timeout=10)


def test_second_instance_is_refused(service):
    done = run("--data", service.data, "--listen", "127.0.0.1:0")
    assert done.returncode == 7
    assert "ERR_DATA_LOCKED" in done.stderr and "ready" not in done.stdout
    assert service.get("/healthz")["status"] == "ok"


def test_taken_address_is_refused(service, tmp_path):
    done = run("--data", tmp_path / "other", "--listen", service.url.removeprefix("https://"))
    assert done.returncode == 12 and "ERR_LISTEN" in done.stderr


def test_another_vault_is_refused(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        Service(folder).stop()
    for name in ("vault.key", "vault.passphrase"):
        shutil.copy(two / name, one / name)
    done = run("--data", one, "--listen", "127.0.0.1:0")
    assert done.returncode == 7 and "ERR_OTHER_VAULT" in done.stderr


def test_wrong_passphrase_is_refused(tmp_path):
    Service(tmp_path / "data").stop()
    (tmp_path / "data" / "vault.passphrase").write_text("not this one\n")
    done = run("--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert done.returncode == 5 and "ERR_VAULT_PASSPHRASE" in done.stderr


def test_a_certificate_of_ones_own_that_does_not_work(tmp_path):
    with Service(tmp_path / "data") as service:
        service.stop()
        (service.data / "tls" / "ca.key").unlink()  # ours no longer: nothing is renewed
        (service.data / "tls" / "server.key").write_text("no key\n")
        done = run("--data", service.data, "--listen", "127.0.0.1:0")
        assert done.returncode != 0 and "ERR_TLS_IDENTITY" in done.stderr


def test_clean_shutdown_on_both_signals(tmp_path):
    for number in (15, 2):
        service = Service(tmp_path / f"data{number}")
        service.process.popen.send_signal(number)
        assert service.stop() == 0
        assert "stopped" in service.process.log_text()


@pytest.mark.parametrize("text, line", [
    ("[server]\nlistn = 127.0.0.1:1\n", "line 2"),
    ("[server]\nlisten = nowhere\n", "line 2"),
    ("[store]\ndatabase = mysql://x\n", "line 2"),
    ("[vault]\nworkers = 1000\n", "line 2"),
    ("[server]\nlisten\n", "line 2"),
])
def test_check_config_names_the_line(tmp_path, text, line):
    config = tmp_path / "engraved.conf"
    config.write_text(text)
    done = run("--data", tmp_path / "data", "--config", config, "--check-config")
    assert done.returncode == 2
    assert line in done.stderr and "ERR_CONFIG" in done.stderr
    assert not (tmp_path / "data").exists()


def test_check_config_good_starts_nothing(tmp_path):
    config = tmp_path / "engraved.conf"
    config.write_text("[server]\nlisten = 127.0.0.1:0\ncompany = Example\nlog = warning\n"
                      "[store]\ndatabase = sqlite\n[vault]\nworkers = 1\n")
    done = run("--data", tmp_path / "data", "--config", config, "--check-config")
    assert (done.returncode, done.stdout) == (0, "configuration ok\n")
    assert not (tmp_path / "data").exists()
    with Service(tmp_path / "data", extra=["--config", config]) as service:
        assert service.get("/api/v1/company")["name"] == "Example"
        assert service.get("/healthz")["vaultWorkers"] == 1


def test_command_line(tmp_path):
    assert run().returncode == 2
    assert run("--data", tmp_path, "--nonsense").returncode == 2
    assert run("--version").stdout.startswith("engraved ")
    limits = run("--print-limits").stdout
    assert "JOB_DEVICES" in limits and " 500 " in limits
