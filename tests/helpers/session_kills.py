# SPDX-License-Identifier: Apache-2.0
"""
kill -9 of the service or of its vault workers at each message of sessions of NXP's agent, and what must hold after:

    kills = SessionKills(folder, database)
    kills.every_message("service", delays=(0,))
    kills.check()

Each cut takes a fresh chip with the one claim code of the run, whose limit and quota are the number of chips. The
session that follows is not disturbed, and ends in a chip with all objects.
"""
import os
import signal
import time

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.nxp_agent import FAILURE_EXIT
from tests.helpers.storm import vault_workers

SIDES = ("before", "after", "sent")
HELD_S = 0.1       # how long workers stand still, so that the service waits for them
LIMIT_REACHED = 0x14


def kill_all(pids, what=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            pass


class SessionKills:
    """chips: how many cuts there may be, with one left over that comes in vain."""

    def __init__(self, folder, database, chips, family="rw612"):
        self.cloud = Cloud(folder, family=family, count=chips + 2, database=database, quota=chips + 1)
        self.cloud.usual_objects()
        self.left = list(self.cloud.chips)
        self.limit = chips + 1
        self.code = self.cloud.claim_code(limit=self.limit)
        self.done, self.cuts = [], 0
        clean = self._agent()
        self.messages = clean.run().messages
        self._converged(clean)

    def close(self):
        self.cloud.close()

    def _agent(self, tls="1.2"):
        return self.cloud.agent(self.left.pop(), self.code, tls=tls)

    # ---- one cut -------------------------------------------------------------------------------

    def _service(self, agent, at, delay):
        """The service dies at this moment and comes back."""
        def meanwhile(number, side):
            if (number, side) == at:
                time.sleep(delay)
                self.cloud.service.kill()
        agent.meanwhile = meanwhile
        outcome = agent.run()
        assert not self.cloud.service.process.alive(), (at, outcome)
        self.cloud.service.start()

    def _vault(self, agent, at, delay):
        """The workers stand still from this moment on, and die while the service waits for them."""
        def meanwhile(number, side):
            if (number, side) == at:
                kill_all(self.held, signal.SIGSTOP)
            if (number, side) == (at[0], "sent"):
                time.sleep(HELD_S + delay)
                kill_all(self.held)
        self.held = vault_workers(self.cloud.service)
        agent.meanwhile = meanwhile
        agent.run()
        kill_all(self.held)
        assert self.cloud.service.process.alive()

    def cut(self, victim, at, delay=0, tls="1.2"):
        agent = self._agent(tls)
        {"service": self._service, "vault": self._vault}[victim](agent, at, delay)
        key = agent.psa.objects.get(ID_KEY)
        self._converged(agent)
        assert key in (None, agent.psa.objects[ID_KEY]), "a second key was made"
        self.cuts += 1

    def _converged(self, agent):
        """One undisturbed session; one more when the service asked to come again."""
        agent.meanwhile = None
        outcome = agent.run()
        if outcome.exit not in (0, FAILURE_EXIT) and outcome.report["update"] == 0x51:
            outcome = agent.run()
        assert (outcome.exit, outcome.log) == (0, ""), outcome
        objects = agent.psa.objects
        assert sorted(objects) == [ID_KEY, ID_CERT, ID_AES]
        key = ec.derive_private_key(int.from_bytes(objects[ID_KEY], "big"), ec.SECP256R1()).public_key()
        assert x509.load_der_x509_certificate(objects[ID_CERT]).public_key().public_numbers() == key.public_numbers()
        self.done.append(agent)

    def every_message(self, victim, delays=(0,), sides=SIDES, tls="1.2"):
        for number in range(self.messages):
            for side in sides:
                if (number, side) == (self.messages - 1, "sent"):
                    continue  # goodbye is not answered
                for delay in delays:
                    self.cut(victim, (number, side), delay, tls)

    # ---- after all -----------------------------------------------------------------------------

    def check(self):
        """No unit lost or doubled, no object doubled, and the next session of everybody has nothing to do."""
        service = self.cloud.service
        code, = service.get(self.cloud.path("/claim-codes"))["content"]
        used = len(self.done)
        assert code["used"] == used, (code, used)
        assert service.get(self.cloud.path())["quotaUsed"] == used
        seen = set()
        for agent in self.done:
            shown = self.cloud.device(agent.psa.uuid.hex())
            assert sorted((int(o["objectId"]), o["state"]) for o in shown["objects"]) == \
                [(i, "CONFIRMED") for i in (ID_KEY, ID_CERT, ID_AES)], shown["objects"]
            seen.add(agent.psa.objects[ID_KEY])
        assert len(seen) == used
        for agent in self.done[-3:]:
            before = dict(agent.psa.objects)
            outcome = agent.run()
            assert outcome.exit == 0 and not outcome.imported and agent.psa.objects == before
        self._the_limit_holds()

    def _the_limit_holds(self):
        """Exactly what is left of the code can still be used."""
        free = self.limit - len(self.done)
        while free > 0 and len(self.left) > 1:
            self._converged(self._agent())
            free -= 1
        if free == 0:
            outcome = self._agent().run()
            assert outcome.report["claim"][0] == LIMIT_REACHED, outcome
