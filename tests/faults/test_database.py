# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL crashes and comes back under load: a clear answer, nothing lost, no person needed."""
import threading
import time

from tests.helpers.postgres import Postgres
from tests.helpers.storm import Storm

CRASHES = 3
GONE = {"ERR_STORE_UNAVAILABLE", "ERR_STORE_BUSY"}


def answers_while_gone(storm, device):
    """Codes of requests that read and that write."""
    codes = set()
    requests = [("GET", "/api/v1/products", None), ("GET", storm.line.path(), None),
                ("POST", storm.line.path("/register-devices"), {"deviceIds": [device]})]
    for method, path, body in requests:
        begin = time.monotonic()
        while (answer := storm.service.call(method, path, json=body)).status_code == 429:
            time.sleep(0.1)  # the load beside us counts for the same key
        assert answer.status_code == 503, answer.text
        assert time.monotonic() - begin < 10
        shown = answer.json()
        assert shown["next"] and shown["correlationId"]
        codes.add(shown["code"])
    return codes


def test_database_crashes_and_comes_back(place, say):
    with Postgres() as cluster:
        storm = Storm(place, cluster.url(), time.time_ns(), devices=600, chips=1)
        try:
            probe = storm.fresh.pop()
            load = threading.Thread(target=storm.run, args=({"vault": 8},), kwargs={"pause_s": 1.0}, daemon=True)
            load.start()
            codes = set()
            for _ in range(CRASHES):
                time.sleep(0.4)
                cluster.stop("immediate")
                codes |= answers_while_gone(storm, probe)
                time.sleep(0.3)
                cluster.start()
            load.join()
            assert codes <= GONE
            storm.check()
        finally:
            storm.close()
    say(f"postgresql crashed {CRASHES} times: {sorted(codes)}; {storm.figures()}")
