# SPDX-License-Identifier: Apache-2.0
"""First start, settings, restart and stop of engraved, as an administrator meets them."""
import re
import stat
import subprocess
import time

import pytest
import requests
from cryptography import x509

from tests.helpers.paths import SOURCE, program
from tests.helpers.service import Service

PRIVATE = ["vault.key", "vault.passphrase", "admin.key", "apikey.pepper", "tls/server.key"]


def engraved(*args):
    return subprocess.run([program("engraved"), *map(str, args)], capture_output=True, text=True,
                          timeout=60, check=False)


def test_first_start_makes_everything_and_guards_it(service):
    for name in PRIVATE:
        mode = stat.S_IMODE((service.data / name).stat().st_mode)
        assert mode == 0o600, f"{name} has mode {mode:o}"
    assert (service.data / "engrave.db").exists()
    assert service.get("/api/v1/products")["content"] == []
    log = service.process.log_text()
    assert service.key not in log
    assert (service.data / "vault.passphrase").read_text(encoding="ascii").strip() not in log


def test_certificate_names_this_machine(service):
    chain = x509.load_pem_x509_certificates((service.data / "tls/server.pem").read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {str(a) for a in names.get_values_for_type(x509.IPAddress)} >= {"127.0.0.1", "::1"}
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(service.url + "/healthz", timeout=10, verify=True)


def test_ready_within_a_second(tmp_path):
    took = []
    for attempt in range(3):  # the best of three first starts: the machine may be busy
        begin = time.monotonic()
        with Service(tmp_path / f"engraved{attempt}"):
            took.append(time.monotonic() - begin)
    assert min(took) < 1.0, took


def test_identity_and_data_survive_restart_and_crash(any_service):
    any_service.post("/api/v1/products", {"nc12": 935000000012, "name": "Pump", "family": "mcxn947"})
    before = {n: (any_service.data / n).read_bytes() for n in PRIVATE + ["tls/ca.pem"]}
    any_service.restart()
    any_service.kill()
    any_service.start()
    assert {n: (any_service.data / n).read_bytes() for n in before} == before
    assert [p["nc12"] for p in any_service.get("/api/v1/products")["content"]] == [935000000012]


@pytest.mark.parametrize("key", ["", "wrong", "x" * 500])
def test_without_the_key_nothing_is_said(service, key):
    answers = [service.call("GET", path, headers={"EL2G-API-Key": key})
               for path in ("/api/v1/products", "/api/v1/devices", "/api/v1/products/1")]
    assert {a.status_code for a in answers} == {401}
    bodies = [{k: v for k, v in a.json().items() if k != "correlationId"} for a in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"].startswith("ERR_") and bodies[0]["next"]


def test_second_service_on_the_same_folder_is_refused(service):
    done = engraved("--data", service.data, "--listen", "127.0.0.1:0")
    assert done.returncode not in (0, -9)
    assert service.get("/api/v1/products")["content"] == []


def test_example_settings_are_accepted_as_they_are_and_uncommented(tmp_path):
    example = (SOURCE / "packaging/engraved.ini").read_text(encoding="utf-8")
    filled = re.sub(r"^;(\w+ = )", r"\1", example, flags=re.M)
    filled = filled.replace("/usr/share/engrave/families", str(SOURCE / "families"))
    filled = filled.replace("passphrase = /etc/engrave/vault.passphrase\n", "")
    assert filled.count("\n") > 15 and "workers = 0" in filled
    for number, text in enumerate([example, filled]):
        file = tmp_path / f"{number}.ini"
        file.write_text(text, encoding="utf-8")
        done = engraved("--data", tmp_path / "d", "--config", file, "--check-config")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text, told", [
    ("[server]\nlisten = nonsense\n", "line 2: [server] listen"),
    ("[server]\n\ncolour = blue\n", "line 3: [server] colour"),
    ("[store]\ndatabase = mysql://x\n", "line 2: [store] database"),
    ("[vault]\nworkers = 1000\n", "line 2: [vault] workers"),
])
def test_wrong_settings_are_named_and_nothing_is_made(tmp_path, text, told):
    file = tmp_path / "bad.ini"
    file.write_text(text, encoding="utf-8")
    done = engraved("--data", tmp_path / "d", "--config", file, "--check-config")
    assert done.returncode != 0
    assert "ERR_CONFIG" in done.stderr and told in done.stderr
    assert not (tmp_path / "d").exists()


def test_limits_are_printed():
    done = engraved("--print-limits")
    assert done.returncode == 0
    limits = dict(line.split(None, 2)[:2] for line in done.stdout.splitlines())
    assert limits["JOB_DEVICES"] == "500" and limits["PAGE_MAX"] == "500"


def test_wrong_passphrase_stops_the_start(service):
    service.stop()
    (service.data / "vault.passphrase").write_text("another-one", encoding="ascii")
    done = engraved("--data", service.data, "--listen", "127.0.0.1:0")
    assert done.returncode not in (0, -9)
    assert "ERR_VAULT_PASSPHRASE" in done.stderr + done.stdout
    assert "another-one" not in done.stderr + done.stdout
