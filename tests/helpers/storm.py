# SPDX-License-Identifier: Apache-2.0
"""
kill -9 of service, vault workers and hosts at random moments under load, and what clients were told.

    storm = Storm(folder, database, seed)
    storm.run({"service": 40, "vault": 30, "host": 30})
    storm.check()

Clients behave as real ones do: they repeat a request until it is answered, and write down each answer.
"""
import os
import random
import subprocess
import threading
import time

import requests
from cryptography import x509

from tests.helpers.factory import Factory, uuid_dec
from tests.helpers.fault_line import Chip, looks
from tests.helpers.process import Process

CLIENTS = 4
PATIENCE_S = 120


def vault_workers(service):
    """Process ids of the vault workers: children of the service."""
    listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(service.process.pid)],
                            capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "engrave-vault" in line]


def whole(answer):
    """Did all of it arrive? A body that ends early is no error to this library."""
    return len(answer.content) == int(answer.headers.get("Content-Length", 0))


class Client:
    """Its own connection; repeats what was not answered or was answered "not now"."""

    def __init__(self, service):
        self.url = service.url
        self.repeated = 0
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(service.ca_file)
        self.session.headers["EL2G-API-Key"] = service.key

    def call(self, method, path, json=None, **query):
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.session.request(method, self.url + path, json=json, params=query, timeout=60)
                if whole(answer) and answer.status_code not in (429, 503):
                    assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
                    json_type = answer.headers.get("Content-Type", "").startswith("application/json")
                    return answer.json() if json_type else answer.text
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                pass
            assert time.monotonic() < end, f"{method} {path}: no answer for {PATIENCE_S} s"
            self.repeated += 1
            time.sleep(0.02)

    def finish(self, job):
        """Wait for a job; its last state."""
        end = time.monotonic() + PATIENCE_S
        while True:
            shown = self.call("GET", f"/api/v2/rtp/jobs/{job}", wait=5)
            if shown["provisionedPercentage"] == 100:
                return shown
            assert time.monotonic() < end, shown


class Storm:
    """One line, `devices` chips without silicon for the clients, `chips` virtual ones for hosts."""

    def __init__(self, folder, database, seed, devices=3000, chips=6, env=None):
        self.random = random.Random(seed)
        self.factory = Factory(folder, database=database, env=env)
        self.service = self.factory.service
        self.line = self.factory.add_line("mcxn947", 999340000274, count=chips)
        self.chips = self._bring_up_chips()
        self.fresh = self._more_devices(devices)
        self.lock = threading.Lock()
        self.jobs, self.objects, self.failures = {}, {}, []
        self.hosted = {chip.uuid for chip in self.chips}
        self.stop = threading.Event()
        self.repeated = 0
        self.killed = {}

    def close(self):
        for chip in self.chips:
            chip.stop()
        self.factory.close()

    def _bring_up_chips(self):
        self.factory.run_dir.mkdir()
        bench = type("Bench", (), {"factory": self.factory, "line": self.line})()
        return [Chip(bench, uuid) for uuid in self.line.uuids]

    def _more_devices(self, count):
        """Devices of which only UUID and root of trust exist; their decimal ids."""
        folder = self.factory.folder / "more"
        self.factory.engrave("fab", "make", "--family", "mcxn947", "--count", count, "--dir", folder,
                             "--service-cert", self.factory.folder / "roots-of-trust.pem",
                             "--signer-key", self.factory.maker / "signer.key",
                             "--signer-cert", self.factory.maker / "signer.pem")
        uuids = [p.stem for p in folder.glob("*.chip")]
        self.factory.engrave("fab", "upload", "-c", self.line.config, folder / "manifest.cms")
        return [uuid_dec(u) for u in uuids]

    # ---- clients -------------------------------------------------------------------------------

    def _next_batch(self, rng):
        """Mostly new devices; sometimes ones that were answered before."""
        with self.lock:
            if self.fresh and (rng.random() < 0.7 or not self.objects):
                count = rng.randint(1, 12)
                batch, self.fresh = self.fresh[:count], self.fresh[count:]
                return batch
            known = list(self.objects)
        return rng.sample(known, min(len(known), rng.randint(1, 12)))

    def _download(self, client, ids):
        """Digest of everything that the service made for these devices, by device."""
        answer = client.call("POST", f"/api/v1/rtp/device-groups/{self.line.group}/devices/"
                             "download-provisionings", {"deviceIds": ids})
        return {entry["deviceId"]: sorted((p["provisioningId"], p["apdus"]["createApdu"]["apdu"])
                                          for p in entry["rtpProvisionings"]) for entry in answer}

    def _remember(self, made):
        with self.lock:
            for device, objects in made.items():
                assert len(objects) == len(self.line.objects), (device, len(objects))
                assert self.objects.setdefault(device, objects) == objects, f"{device} has changed"

    def _work(self, seed):
        rng, client = random.Random(seed), Client(self.service)
        try:
            while not self.stop.is_set():
                batch = self._next_batch(rng)
                job = client.call("POST", self.line.path("/register-devices"), {"deviceIds": batch})
                with self.lock:
                    self.jobs[job] = batch
                shown = client.finish(job)
                assert shown["failed"] == 0, shown
                self._remember(self._download(client, batch))
        except Exception as error:  # noqa: BLE001  (told by check(), whatever it is)
            self.failures.append(error)
        self.repeated += client.repeated

    # ---- kills ---------------------------------------------------------------------------------

    def _kill_service(self):
        self.service.kill()
        if self.random.random() < 0.25:  # once more while it starts
            argv = self.service.process.argv
            again = Process(argv, self.factory.folder / "early.log",
                            env={**os.environ, **self.service.env})
            time.sleep(self.random.uniform(0, 0.3))
            again.kill()
        self.service.start()

    def _kill_vault(self):
        while True:
            workers = vault_workers(self.service)  # all may be on their way back already
            try:
                if workers:
                    os.kill(self.random.choice(workers), 9)
                    return
            except ProcessLookupError:
                pass
            time.sleep(0.01)

    def _kill_host(self):
        """A host that is alive when its end comes; one that was faster does not count."""
        while True:
            chip = self.random.choice(self.chips)
            host = chip.start_provision()
            time.sleep(self.random.uniform(0, 0.03))
            alive = host.poll() is None
            host.kill()
            host.wait()
            if alive:
                return

    def run(self, kills, pause_s=0.06):
        """kills: how many of "service", "vault", "host"; at most pause_s between two."""
        order = [what for what, count in kills.items() for _ in range(count)]
        self.random.shuffle(order)
        clients = [threading.Thread(target=self._work, args=(self.random.random(),)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for what in order:
                time.sleep(self.random.uniform(0, pause_s))
                {"service": self._kill_service, "vault": self._kill_vault, "host": self._kill_host}[what]()
                self.killed[what] = self.killed.get(what, 0) + 1
                if self.failures:
                    break
        finally:
            self.stop.set()
            for client in clients:
                client.join()

    # ---- what must be true afterwards ------------------------------------------------------------

    def check(self):
        assert not self.failures, self.failures
        for chip in self.chips:
            chip.must_provision()
        self.service.restart()
        client = Client(self.service)
        for job in self.jobs:
            shown = client.finish(job)
            assert (shown["state"], shown["failed"]) == ("COMPLETED_SUCCESSFULLY", 0), shown
            assert shown["total"] == len(self.jobs[job])
        told = list(self.objects)
        assert told and set(told) == {d for batch in self.jobs.values() for d in batch}
        for at in range(0, len(told), 200):
            self._remember(self._download(client, told[at:at + 200]))
        self._check_numbers(client, told + [uuid_dec(u) for u in self.line.uuids])
        assert len({str(looks(chip)) for chip in self.chips}) == 1

    def _check_numbers(self, client, devices):
        """One unit of quota and one certificate per device, no serial number and no row twice."""
        assert client.call("GET", self.line.path())["quotaUsed"] == len(devices)
        serials, rows = set(), {row for objects in self.objects.values() for row, _ in objects}
        for device in devices:
            content = client.call("GET", f"/api/v1/rtp/devices/{device}/secure-object-provisionings")["content"]
            assert len(content) == len(self.line.objects)
            (certificate,) = [e["certificate"] for e in content if e.get("certificate")]
            serials.add(x509.load_pem_x509_certificate(certificate.encode()).serial_number)
        assert len(serials) == len(devices)
        assert len(rows) == len(self.objects) * len(self.line.objects)

    def figures(self):
        kills = ", ".join(f"{count} {what}" for what, count in sorted(self.killed.items()))
        return (f"killed {kills}; {len(self.jobs)} jobs and {len(self.objects)} devices answered, "
                f"{self.repeated} requests repeated, nothing lost, nothing twice")
