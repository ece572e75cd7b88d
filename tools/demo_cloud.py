# SPDX-License-Identifier: Apache-2.0
"""
The cloud flow of ./dev demo: twenty devices with one claim code for fifteen connect by themselves, log in at an MQTT
broker with the key in their enclave, get a staged change and new certificates, and one of them is revoked.

Stands on the factory of the proxy flow: its service and chip maker, one more product.
"""
import base64
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.helpers.agent_device import AgentDevice
from tests.helpers.broker import Broker
from tests.helpers.factory import ID_AES, ID_CERT, ID_KEY, Line, uuid_dec

DEVICES, LIMIT = 20, 15
NC12 = 999340002301
ID_SETTINGS = 0x2001
AT_ONCE = 4


class Fleet:
    """The product, its group and its devices."""

    def __init__(self, factory, say):
        self.factory, self.service, self.say = factory, factory.service, say
        folder = factory.folder / "field"
        folder.mkdir()
        self.service.post("/api/v1/products", {"nc12": NC12, "name": "field sensor", "family": "mcxn947"})
        self.groups = f"/api/v1/products/{NC12}/device-groups"
        group = self.service.post(self.groups, {"deviceGroupName": "field", "flows": ["CLOUD"]})["id"]
        self.path = f"{self.groups}/{group}"
        self.line = Line("mcxn947", NC12, group, folder / "line.yaml", folder / "chips", folder / "boot-key.pem")
        factory.write_config(self.line)
        self._objects()
        factory.make_chips(self.line, DEVICES)
        factory.power_on([self.line])
        self.endpoint = self.service.get("/api/v1/device-endpoint")
        self.devices = [self._device(uuid) for uuid in self.line.uuids]

    def _objects(self):
        create = self.factory.create
        self.ca = self.service.post("/api/v1/rtp/intermediate-cas",
                                    {"name": "field devices", "algorithm": "NIST_P256", "requestType": "WITHOUT_CSR",
                                     "prefix": "field ", "includeAuthorityKeyIdentifier": True,
                                     "includeSubjectKeyIdentifier": True})["id"]
        pair = create(self.line, "field key", "KEYPAIR", ID_KEY, algorithm="NIST_P256")
        create(self.line, "field certificate", "CERTIFICATE", ID_CERT, keyPairId=pair, intermediateCaId=self.ca,
               commonNamePrefix="sensor-", includeChain=False)
        create(self.line, "field data key", "MASTER_KEY", ID_AES, keySize="AES256")
        create(self.line, "field settings", "BINARY_FILE", ID_SETTINGS, payload=settings("interval = 60"))

    def _device(self, uuid):
        folder = self.factory.folder / "field" / "devices" / uuid
        folder.mkdir(parents=True)
        return AgentDevice(uuid, f"vchip:{self.factory.run_dir}/{uuid}", folder, self.endpoint)

    def each(self, what, devices):
        """what(device) for all, a few at once; results in order."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(what, devices))

    def sessions(self, devices):
        """One session each; those that imported something."""
        said = self.each(lambda d: d.once(), devices)
        return [d for d, s in zip(devices, said) if s.get("ok") and s.get("objectsImported")]

    def change(self, name, **members):
        self.service.put(f"/api/v1/rtp/secure-objects/{self.line.objects[name]}", members)

    def crl(self):
        answer = requests.get(f"{self.endpoint['publicUrl']}/api/v1/crl/{self.ca}.crl", timeout=30)
        answer.raise_for_status()
        return answer.content

    def broker(self):
        chain = self.service.get(f"/api/v1/rtp/certificate-authorities/{self.ca}/chain")
        return Broker(self.factory.folder / "field" / "broker", chain, self.crl())

    def login(self, device, broker):
        code, _ = device.run("mqtt", "check", "--host", "localhost", "--dial", "127.0.0.1", "--port", broker.port,
                             "--roots", broker.ca, "--key", ID_KEY, "--certificate", ID_CERT, "--timeout", 20)
        return code == 0

    def logins(self, devices, broker):
        return [d for d, good in zip(devices, self.each(lambda d: self.login(d, broker), devices)) if good]

    def subjects(self, devices):
        """Common name of the certificate on each device, as openssl reads it."""
        return self.each(self._subject, devices)

    def _subject(self, device):
        der = bytes.fromhex(self.factory.ask(device.uuid, {"op": "read", "key": ID_CERT})["data"])
        return subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "RFC2253"],
                              input=der, capture_output=True, check=True).stdout.decode().strip()


def settings(text):
    return {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": base64.b64encode(text.encode()).decode()}


def claim(fleet):
    """All devices try the one code; (those in, those refused)."""
    made = fleet.service.post(f"{fleet.path}/claim-codes", {"name": "first batch", "deviceLimit": LIMIT})
    first = fleet.devices[0]
    fleet.factory.echo(first.argv("once"))

    def join(device):
        device.connect().inject(made["secret"])
        return device.once()

    said = fleet.each(join, fleet.devices)
    inside = [d for d, s in zip(fleet.devices, said) if s.get("ok")]
    outside = [s for s in said if not s.get("ok")]
    reasons = {json.dumps(s.get("status", {}).get("claim", s)) for s in outside}
    fleet.say(f"{len(inside)} of {DEVICES} devices joined, {len(outside)} refused: {', '.join(sorted(reasons))}")
    return inside, len(outside)


def staged(fleet, inside):
    """A change of the settings: a canary, then everybody."""
    made = fleet.service.post(f"{fleet.path}/rollouts",
                              {"name": "settings 2", "percent": 0, "canaries": [uuid_dec(inside[0].uuid)]})
    fleet.change("field settings", payload=settings("interval = 10"))
    first = fleet.sessions(inside)
    one = f"{fleet.path}/rollouts/{made['id']}"
    fleet.service.put(one, {"percent": 100})
    rest = fleet.sessions(inside)
    done = fleet.service.post(f"{one}/finish")
    fleet.say(f"staged change: {len(first)} canary, then {len(rest)} more; {done['updated']} up to date")
    return first == inside[:1] and len(rest) == len(inside) - 1


def rotate(fleet, inside, broker):
    """New certificates for all, fetched and used."""
    before = fleet.subjects(inside)
    fleet.change("field certificate", commonNamePrefix="sensor-2-")
    fetched = fleet.sessions(inside)
    changed = [a != b for a, b in zip(before, fleet.subjects(inside))]
    good = fleet.logins(inside, broker)
    fleet.say(f"rotation: {len(fetched)} devices fetched a new certificate, {len(good)} log in with it")
    return [d for d, new in zip(inside, changed) if new and d in good and d in fetched]


def revoke(fleet, inside, broker):
    """The last device is revoked; the broker gets the new list."""
    lost = inside[-1]
    fleet.service.post(f"/api/v1/devices/{uuid_dec(lost.uuid)}/revoke-certificates", {"reason": "keyCompromise"})
    broker.set_crl(fleet.crl())
    broker.restart()
    good = fleet.logins(inside, broker)
    fleet.say(f"revocation: {lost.uuid} is {'still let in' if lost in good else 'refused'}, {len(good)} others log in")
    return good == inside[:-1]


def run(factory, say):
    """The whole flow; {"devices", "verified", "refused"} for the summary, and whether all went as it must."""
    fleet = Fleet(factory, say)
    inside, refused = claim(fleet)
    good = staged(fleet, inside) if inside else False
    with fleet.broker() as broker:
        first = fleet.logins(inside, broker)
        say(f"MQTT: {len(first)} devices log in with the key in the enclave")
        verified = [d for d in rotate(fleet, inside, broker) if d in first]
        good = revoke(fleet, inside, broker) and good
    facts = {"devices": DEVICES, "verified": len(verified), "refused": refused}
    return facts, good and facts == {"devices": DEVICES, "verified": LIMIT, "refused": DEVICES - LIMIT}
