# SPDX-License-Identifier: Apache-2.0
"""What `engrave` says and how it ends when something is wrong: codes are a promise to scripts."""
import json
import os
import pty
import subprocess
import threading

import pytest

from tests.helpers.paths import program
from tests.helpers.service import Service


def engrave(*args, env=None):
    return subprocess.run([str(program("engrave")), *map(str, args)], capture_output=True, text=True,
                          timeout=120, check=False, env={**os.environ, **(env or {})})


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with Service(tmp_path_factory.mktemp("refusals") / "service") as s:
        yield s


@pytest.fixture
def config(service, tmp_path):
    """Writes a configuration with changes; returns its path."""
    def write(**changes):
        values = {"family": "mcxn947", "url": service.url, "api_key": str(service.data / "admin.key"),
                  "ca_file": str(service.ca_file), "nc12": 999340000274, "device_group_id": 1, **changes}
        path = tmp_path / "line.yaml"
        path.write_text("".join(f"{k}: {v}\n" for k, v in values.items() if v is not None))
        return path
    return write


@pytest.mark.parametrize("args", [
    [], ["no-such-group"], ["host"], ["host", "no-such-verb"], ["host", "provision"],
    ["host", "provision", "-c", "x"], ["host", "provision", "--no-such-option"], ["host", "get-uuid"],
    ["host", "fetch", "-c", "x", "-o", "y"], ["host", "fetch", "-c", "x", "-o", "y", "--uuid", "zz"],
    ["host", "fetch", "-c", "x", "-o", "y", "--uuid", "1", "target"], ["host", "unclaim", "-c", "x"],
    ["host", "unclaim", "-c", "x", "--all", "--uuid", "1"], ["host", "template"], ["fab", "make"],
    ["host", "provision", "-c"], ["host", "get-uuid", "-j", "many", "x"], ["device", "show", "zz", "-c", "x"],
    ["host", "run", "-c", "x", "--run-timeout", "4000", "t"],
])
def test_wrong_use_is_2(args):
    done = engrave(*args)
    assert done.returncode == 2
    assert done.stderr or done.stdout


@pytest.mark.parametrize("args", [["--help"], ["host", "--help"], ["host", "provision", "--help"],
                                  ["product", "create", "-h"], ["--version"]])
def test_help_is_0(args):
    done = engrave(*args)
    assert done.returncode == 0 and done.stdout and not done.stderr


@pytest.mark.parametrize("changes, code, exit_code", [
    ({"api_key": "wrong-key"}, None, 4),
    ({"ca_file": "/dev/null"}, "ERR_SERVICE_UNTRUSTED", 12),
    ({"ca_file": None}, "ERR_SERVICE_UNTRUSTED", 12),
    ({"url": "https://127.0.0.1:1"}, "ERR_SERVICE_UNREACHABLE", 12),
    ({"url": "http://127.0.0.1:1"}, "ERR_LINE_CONFIG", 3),
    ({"url": None}, "ERR_LINE_CONFIG", 3),
    ({"nc12": None}, "ERR_LINE_CONFIG", 3),
    ({"family": "z80"}, "ERR_HOST_FAMILY", 6),
    ({"api_key": "$EG_NOT_SET_ANYWHERE"}, "ERR_FILE", 15),
    ({}, None, 6),  # the group is not there yet
])
def test_connection(config, changes, code, exit_code):
    done = engrave("host", "test-connection", "-c", config(**changes), "--json")
    assert done.returncode == exit_code, done.stdout
    error = json.loads(done.stdout)["error"]
    assert error["cause"] and error["next"]
    if code:
        assert error["code"] == code


def test_service_errors_carry_the_correlation_id_of_the_log(config, service):
    done = engrave("host", "test-connection", "-c", config(api_key="wrong-key"))
    assert done.returncode == 4
    shown = done.stderr.rsplit("correlation id ", 1)[1].strip().rstrip(")")
    assert service.process.logs(shown)
    assert "Next:" in done.stderr and "wrong-key" not in done.stderr


def test_key_from_the_environment(config, service):
    done = engrave("host", "test-connection", "-c", config(api_key="$EG_LINE_KEY"), "--json",
                   env={"EG_LINE_KEY": service.key})
    assert done.returncode == 6  # known, but there is no such group


def test_unknown_keys_are_warned(config):
    done = engrave("host", "test-connection", "-c", config(secure_object_address=1))
    assert "secure_object_address" in done.stderr and "unknown key" in done.stderr


@pytest.mark.parametrize("target, code, exit_code", [
    ("nonsense", "ERR_TARGET", 3),
    ("serial:", "ERR_TARGET", 3),
    ("serial:/dev/null,1234", "ERR_TARGET", 3),
    ("serial:/nonexistent", "ERR_LINE_OPEN", 15),
    ("serial:/dev/null", "ERR_LINE_OPEN", 15),
    ("vchip:/nonexistent/0", "ERR_LINE_OPEN", 15),
])
def test_targets(target, code, exit_code):
    done = engrave("host", "get-uuid", "--json", target)
    assert done.returncode == exit_code
    assert json.loads(done.stdout)["error"]["code"] == code


def test_silent_line():
    """A terminal with nobody behind it: three pings, then a sentence."""
    master, slave = pty.openpty()
    try:
        done = engrave("host", "get-uuid", "--json", f"serial:{os.ttyname(slave)}")
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 15
    assert json.loads(done.stdout)["error"]["code"] == "ERR_NO_DEVICE"


def test_line_in_use(tmp_path):
    """Two programs on one line would talk into each other: the second is told."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    lines = []
    first = threading.Thread(target=lambda: lines.append(engrave("host", "get-uuid", "--json", f"serial:{name}")))
    try:
        first.start()
        assert os.read(master, 2) == b"\x5a\xa6"  # the first has it and pings
        second = engrave("host", "get-uuid", "--json", f"serial:{name}")
        first.join()
    finally:
        os.close(master)
        os.close(slave)
    assert second.returncode == 11
    assert json.loads(second.stdout)["error"]["code"] == "ERR_LINE_BUSY"
    assert json.loads(lines[0].stdout)["error"]["code"] == "ERR_NO_DEVICE"


def test_template_is_a_valid_configuration(tmp_path):
    for family in engrave("host", "template", "--list").stdout.split("\n")[:-1]:
        name = family.split()[0]
        path = tmp_path / f"{name}.yaml"
        assert engrave("host", "template", "-f", name, "-o", path).returncode == 0
        assert engrave("host", "template", "-f", name, "-o", path).returncode == 7  # not overwritten
        assert engrave("host", "template", "-f", name, "-o", path, "--force").returncode == 0
        done = engrave("host", "test-connection", "-c", path, "--json", env={"NO_PROXY": "127.0.0.1"})
        # Everything in the file was read; what is missing is the service.
        assert json.loads(done.stdout)["error"]["code"] in ("ERR_SERVICE_UNREACHABLE", "ERR_SERVICE_UNTRUSTED")


def test_admin_verbs_say_what_they_need():
    done = engrave("product", "list", "--json")
    assert done.returncode == 3
    assert "--data" in json.loads(done.stdout)["error"]["cause"]


def test_admin_verbs_by_data_folder(service):
    args = ["--url", service.url, "--data", service.data]
    assert engrave("product", "create", "--nc12", "999340000299", "--name", "a b&c", "--family", "mcxn947",
                   *args).returncode == 0
    again = engrave("product", "create", "--nc12", "999340000299", "--name", "x", "--family", "mcxn947", "--json", *args)
    assert again.returncode == 7
    listed = [json.loads(x) for x in engrave("product", "list", "--json", *args).stdout.splitlines()]
    assert [p["name"] for p in listed if p["nc12"] == 999340000299] == ["a b&c"]
    group = json.loads(engrave("group", "create", "--nc12", "999340000299", "--name", "g", "--quota", "5",
                               "--life-cycle", "CLOSED", "--json", *args).stdout)
    shown = json.loads(engrave("group", "show", "--nc12", "999340000299", group["id"], "--json", *args).stdout)
    assert shown["quota"] == 5 and shown["lifeCycle"] == "CLOSED"
    assert engrave("object", "show", "424242", *args).returncode == 6
    assert engrave("device", "list", "--search", "zz zz", *args).returncode in (0, 3)
    chain_of = json.loads(engrave("ca", "create-root", "--name", "Root", "--algorithm", "NIST_P384", "--json",
                                  *args).stdout)["id"]
    assert "BEGIN CERTIFICATE" in engrave("ca", "chain", chain_of, *args).stdout
