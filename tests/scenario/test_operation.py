# SPDX-License-Identifier: Apache-2.0
"""What an administrator relies on: quick start, survival of a crash, settings as documented."""
import re
import subprocess
import time

import pytest

from tests.helpers.paths import SOURCE, build_dir, program
from tests.helpers.service import Service


def test_ready_within_a_second(tmp_path):
    cache = (build_dir() / "CMakeCache.txt").read_text(encoding="utf-8")
    sanitized = "EG_SANITIZE:BOOL=ON" in cache  # several times slower, and not what people run
    took = []
    for attempt in range(10):  # the machine may be busy: one quick first start in ten shows it
        begin = time.monotonic()
        with Service(tmp_path / f"engraved{attempt}"):
            took.append(time.monotonic() - begin)
        if took[-1] < (5.0 if sanitized else 1.0):
            return
    raise AssertionError(f"seconds until ready: {took}")


def test_data_survive_restart_and_crash_on_both_databases(any_service):
    any_service.post("/api/v1/products", {"nc12": 935000000012, "name": "Pump", "family": "mcxn947"})
    any_service.restart()
    any_service.kill()
    any_service.start()
    assert [p["nc12"] for p in any_service.get("/api/v1/products")["content"]] == [935000000012]


@pytest.mark.parametrize("key", ["", "wrong", "x" * 500])
def test_without_the_key_every_path_looks_alike(service, key):
    answers = [service.call("GET", path, headers={"EL2G-API-Key": key})
               for path in ("/api/v1/products", "/api/v1/devices", "/api/v1/products/1")]
    assert {a.status_code for a in answers} == {401}
    bodies = [{k: v for k, v in a.json().items() if k != "correlationId"} for a in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"].startswith("ERR_") and bodies[0]["next"]


def test_example_settings_are_accepted_as_they_are_and_uncommented(tmp_path):
    example = (SOURCE / "packaging/engraved.ini").read_text(encoding="utf-8")
    filled = re.sub(r"^;(\w+ = )", r"\1", example, flags=re.M)
    filled = filled.replace("/usr/share/engrave/families", str(SOURCE / "families"))
    filled = filled.replace("/usr/share/engrave/profiles", str(SOURCE / "profiles"))
    filled = filled.replace("passphrase = /etc/engrave/vault.passphrase\n", "")
    assert "workers = 0" in filled.splitlines()
    for number, text in enumerate([example, filled]):
        file = tmp_path / f"{number}.ini"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([program("engraved"), "--data", tmp_path / "d", "--config", file,
                               "--check-config"], capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, done.stderr
