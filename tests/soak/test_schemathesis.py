# SPDX-License-Identifier: Apache-2.0
"""The acceptance test of the same name with many more cases: SCHEMATHESIS_EXAMPLES, default 100."""
import os
import subprocess

import pytest

from tests.acceptance import test_schemathesis as short
from tests.acceptance.test_schemathesis import names, service  # fixtures  # pylint: disable=unused-import
from tests.helpers.paths import SOURCE


@pytest.fixture(autouse=True, scope="module")
def tool():
    os.environ.setdefault("SCHEMATHESIS_EXAMPLES", "100")
    subprocess.run([SOURCE / "tools" / "venv.sh"], check=True)


def test_every_answer_about_what_exists(service, names, tmp_path):  # pylint: disable=redefined-outer-name
    short.run(service, tmp_path, names)


def test_every_answer_about_anything(service, tmp_path):  # pylint: disable=redefined-outer-name
    short.run(service, tmp_path, {})
