# SPDX-License-Identifier: Apache-2.0
"""
Devices that run `engrave-agent`: chips of a Cloud in a software enclave, or virtual chips of its service.

    device = psa_device(cloud, cloud.chips[0], folder)
    device.connect()
    assert device.once()["ok"]
"""
import json
import secrets
import socket
import subprocess
from pathlib import Path

from tests.helpers.paths import program
from tests.helpers.process import Process


class AgentDevice:
    """One device: an enclave and a state folder; connects to (host, port) with roots (PEM text)."""

    def __init__(self, uuid, enclave, folder, endpoint):
        self.uuid, self.enclave, self.folder, self.endpoint = uuid, enclave, Path(folder), endpoint
        self.state = self.folder / "state"
        self.roots = self.folder / "roots.pem"
        self.claim_key = self.folder / "claim-key.hex"
        self.roots.write_text(endpoint["roots"], encoding="ascii")
        self.claim_key.write_text(endpoint.get("claimKey", ""), encoding="ascii")

    def argv(self, *words):
        return [str(program("engrave-agent")), *map(str, words), "--enclave", self.enclave, "--state", str(self.state)]

    def run(self, *words, stdin=None, timeout=120):
        """Exit code and the JSON of the last line on standard output."""
        done = subprocess.run([*self.argv(*words), "--json"], input=stdin, capture_output=True, text=True,
                              timeout=timeout, check=False)
        lines = done.stdout.splitlines()
        return done.returncode, json.loads(lines[-1]) if lines else {"stderr": done.stderr}

    def connect(self, host=None, port=None, roots=None):
        code, said = self.run("connect", "--host", host or self.endpoint["hostname"], "--port",
                              port or self.endpoint["port"], "--roots", roots or self.roots)
        assert code == 0, said
        return self

    def inject(self, code):
        exit_code, said = self.run("inject-claim", "--code-file", "-", "--claim-key-file", self.claim_key, stdin=code)
        assert exit_code == 0, said
        return self

    def once(self, *more):
        """One session; its record with the exit code in `exit`."""
        code, said = self.run("once", *more)
        return {**said, "exit": code}

    def status(self):
        code, said = self.run("status")
        assert code == 0, said
        return said

    def objects(self):
        return {o["id"]: o for o in self.status()["objects"]}

    def daemon(self, *more):
        return Process([*self.argv("daemon", "--json", *more)], self.folder / "daemon.log", ready="ready")


def psa_device(cloud, uuid, folder):
    """A chip of the cloud, never fused, in a software enclave."""
    enclave = Path(folder) / "enclave"
    enclave.mkdir(parents=True)
    (enclave / "keys.txt").write_text(cloud.keys_text(uuid), encoding="ascii")
    return AgentDevice(uuid, f"psa:{enclave}", folder, cloud.endpoint)


class VirtualChips:
    """Chips made by `engrave fab make` for the cloud's service, running; each can be an AgentDevice."""

    def __init__(self, cloud, folder, count):
        self.cloud, self.folder = cloud, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        chips, self.run_dir = self.folder / "chips", self.folder / "run"
        cert = self.folder / "manifest-recipient.pem"
        cert.write_text(cloud.service.get("/api/v1/roots-of-trust/certificate"), encoding="ascii")
        self.reach = ["--url", cloud.service.url, "--ca", cloud.service.ca_file, "--key-file",
                      cloud.service.data / "admin.key"]
        self._engrave("fab", "make", "--family", cloud.family, "--count", count, "--dir", chips, "--service-cert", cert)
        self._engrave("fab", "enroll", *self.reach, chips / "signer.pem", "--name", f"maker {secrets.token_hex(4)}")
        self._engrave("fab", "upload", *self.reach, chips / "manifest.cms")
        self.uuids = sorted(p.stem for p in chips.glob("*.chip"))
        self.process = Process([program("engrave-vchip"), "--chips", chips, "--run", self.run_dir],
                               self.folder / "vchip.log", ready="ready")

    @staticmethod
    def _engrave(*args):
        subprocess.run([str(program("engrave")), *map(str, args)], check=True, capture_output=True, timeout=120)

    def device(self, uuid):
        folder = self.folder / uuid
        folder.mkdir()
        return AgentDevice(uuid, f"vchip:{self.run_dir}/{uuid}", folder, self.cloud.endpoint)

    def ask(self, uuid, request, kind="app"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(str(self.run_dir / f"{uuid}.{kind}"))
            s.sendall(json.dumps(request).encode() + b"\n")
            with s.makefile("rb") as f:
                return json.loads(f.readline())

    def close(self):
        self.process.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
