# SPDX-License-Identifier: Apache-2.0
"""
schemathesis reads /api/v1/openapi.json and calls everything in it with data of its own making: no
answer with 5xx, none that the document does not tell of (status, media type, shape).

SCHEMATHESIS_EXAMPLES: cases per operation (./dev soak takes many).

What clients of the original API do and OpenAPI cannot say is left out by name, nothing else:
  bodies on GET   the document has none; tests/scenario/test_api_shapes.py sends them
  bare job id     register-devices answers text/plain, which the document says
"""
import json
import os
import re
import subprocess

import pytest

from tests.helpers.customer import Customer
from tests.helpers.paths import SOURCE
from tests.helpers.service import Service

PROGRAM = SOURCE / "build" / "venv" / "bin" / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance," \
         "response_schema_conformance"


@pytest.fixture
def service(tmp_path):
    with Service(tmp_path / "engraved") as running:
        yield running


@pytest.fixture
def names(service, tmp_path):
    """What path parameters stand for: things that exist, so that calls get past their 404."""
    customer = Customer(service, tmp_path)
    pair, ca, _ = customer.add_identity()
    device = customer.chips(2)[0]
    job = service.post(customer.path("/register-devices"), {"deviceIds": [device]})
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    return {"nc12": customer.nc12, "gid": customer.group, "device": device, "job": job, "id": ca,
            "object": pair}


def run(service, folder, names):
    config = folder / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(
        f'"path.{name}" = {json.dumps(value)}\n' for name, value in names.items()))
    done = subprocess.run(
        [str(PROGRAM), "--config-file", str(config), "run", service.url + "/api/v1/openapi.json",
         "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
         "--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "4"), "--seed", "1",
         "--tls-verify", str(service.ca_file), "--header", f"EL2G-API-Key: {service.key}",
         "--request-timeout", "40", "--no-color", "--workers", "2"],
        capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "HOME": str(folder)})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"Selected: (\d+)/\1\n  Tested: \1\n", done.stdout), done.stdout[-3000:]
    assert "returned only 401/403" not in done.stdout
    assert service.call("GET", "/healthz").status_code == 200


def test_every_answer_about_what_exists(service, names, tmp_path):
    run(service, tmp_path, names)


def test_every_answer_about_anything(service, tmp_path):
    run(service, tmp_path, {})
