# SPDX-License-Identifier: Apache-2.0
"""A running `engraved` with its own data folder, and a client for its REST API."""
import os
from pathlib import Path

import requests

from tests.helpers.paths import program
from tests.helpers.process import Process


class ApiError(Exception):
    """A refusal: HTTP status and the decoded error body (code, message, details, next)."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body if isinstance(body, dict) else {}
        self.code = self.body.get("code")


class Service:
    """
    engraved --data DIR on a free port of 127.0.0.1. `database` is a PostgreSQL URL or None
    (SQLite in the data folder). restart() keeps data and port. env: more environment.
    """

    def __init__(self, folder, database=None, extra=(), env=None):
        self.data = Path(folder)
        self.data.mkdir(parents=True, exist_ok=True)
        self.log = self.data.parent / f"{self.data.name}.log"
        self.database = database
        self.extra = list(extra)
        self.env = env or {}
        self.listen = "127.0.0.1:0"
        self.public_listen = "127.0.0.1:0"
        self.device_listen = "127.0.0.1:0"
        self.process = None
        self.start()

    def start(self):
        argv = [program("engraved"), "--data", self.data, "--listen", self.listen,
                "--public-listen", self.public_listen, "--device-listen", self.device_listen,
                *self.extra]
        if self.database:
            argv += ["--database", self.database]
        self.process = Process(argv, self.log, ready="ready https://", env={**os.environ, **self.env})
        self.url = self.process.ready_line.split()[1]
        self.listen = self.url.removeprefix("https://")
        self.device_address = self.process.said("device ")
        self.device_listen = "127.0.0.1:" + (self.device_address or ":0").rpartition(":")[2]
        self.public_url = self.process.said("public ")
        self.public_listen = (self.public_url or "").removeprefix("http://")
        self.ca_file = self.data / "tls" / "ca.pem"
        self.key = (self.data / "admin.key").read_text(encoding="ascii").strip()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(self.ca_file)
        self.session.headers["EL2G-API-Key"] = self.key

    def stop(self):
        self.session.close()
        return self.process.stop()

    def kill(self):
        """SIGKILL the service, as a crash would."""
        self.session.close()
        self.process.kill()

    def restart(self):
        if self.process.alive():
            self.stop()
        self.start()

    def call(self, method, path, json=None, data=None, headers=None, timeout=60, **query):
        """The response of one request to /api/...; never raises for an HTTP status."""
        return self.session.request(method, self.url + path, json=json, data=data, headers=headers,
                                    params=query or None, timeout=timeout)

    def get(self, path, **query):
        return self._answer(self.call("GET", path, **query))

    def post(self, path, json=None, **more):
        return self._answer(self.call("POST", path, json=json, **more))

    def put(self, path, json=None, **more):
        return self._answer(self.call("PUT", path, json=json, **more))

    def delete(self, path, json=None, **more):
        return self._answer(self.call("DELETE", path, json=json, **more))

    @staticmethod
    def _answer(response):
        kind = response.headers.get("Content-Type", "")
        body = response.json() if kind.startswith("application/json") else response.text
        if response.status_code >= 400:
            raise ApiError(response.status_code, body)
        return body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
