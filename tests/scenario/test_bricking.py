# SPDX-License-Identifier: Apache-2.0
"""Configurations that would brick a part or leave it open, each put to a real service.

The corpus is data: tests/bricking/*.json. A case is a list of steps; all but the last must succeed, the
last must be refused with a stable code and a sentence that says why, and must change nothing.
Cases without a code (good.json) must succeed to the end: they show that each rule can be kept.
"""
import base64
import collections
import hashlib
import itertools
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat)

from tests.helpers.customer import Customer
from tests.helpers.paths import SOURCE
from tests.helpers.service import ApiError, Service

FOLDER = SOURCE / "tests" / "bricking"
FAMILIES = ("mcxn947", "rw612", "kw45b41z8", "mimx9352")
CHIPS = 80  # of each family
OBJECTS = "/api/v1/rtp/secure-objects"
PARTS = json.loads((FOLDER / "parts.json").read_text())


def corpus():
    for file in sorted(FOLDER.glob("*.json")):
        for case in json.loads(file.read_text()).get("cases", []):
            for family in case.get("families", FAMILIES):
                yield pytest.param(family, case, id=f"{file.stem}: {case['name']} ({family})")


CORPUS = list(corpus())


class Keys:
    """Signing keys by name, made when first asked for."""

    def __init__(self):
        self.keys = {}

    def private(self, name):
        if name == "rsa":
            return self.keys.setdefault(name, rsa.generate_private_key(65537, 2048))
        curve = ec.SECP521R1() if name == "p521" else ec.SECP256R1()
        return self.keys.setdefault(name, ec.generate_private_key(curve))

    def public(self, name, encoding=Encoding.PEM, form=PublicFormat.SubjectPublicKeyInfo):
        return self.private(name).public_key().public_bytes(encoding, form)

    def private_pem(self, name):
        return self.private(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def table_hash(self, *names):
        """As NXP's certificate block 2.1: hashes of X and Y, and of all of them if there are several."""
        points = [self.public(n, Encoding.X962, PublicFormat.UncompressedPoint)[1:] for n in names]
        hashes = [hashlib.sha256(p).digest() for p in points]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256(b"".join(hashes)).digest()


def fuse_bytes(entries):
    out = b""
    for index, width, value in entries:
        out += bytes((0x40, 2)) + index.to_bytes(2, "big") + bytes((0x41, width))
        out += int(value, 0).to_bytes(width, "big")
    return out


class Bench:
    """One service with a product and chips of each family."""

    def __init__(self, service, folder):
        self.service, self.keys = service, Keys()
        self.customers, self.chips = {}, {}
        for number, family in enumerate(FAMILIES):
            place = folder / family
            place.mkdir()
            customer = Customer(service, place, family, 935000000100 + number, maker=f"maker of {family}")
            self.customers[family] = customer
            self.chips[family] = iter(customer.chips(CHIPS))
        self.ca = service.post("/api/v1/rtp/intermediate-cas", {"name": "line", "algorithm": "NIST_P256"})["id"]
        self.numbers = itertools.count()
        self.sealed = {}


class Run:
    """One case: its own group; objects by the name of their part."""

    def __init__(self, bench, family, case):
        self.bench, self.service, self.family, self.case = bench, bench.service, family, case
        self.customer = bench.customers[family]
        self.group = self.customer.add_group(f"case {next(bench.numbers)}", lifeCycle=case["lifeCycle"])
        self.objects, self.devices, self.name = {}, [], None

    # ---- values of the corpus --------------------------------------------------------------------

    def value(self, v):
        if isinstance(v, dict) and len(v) == 1 and next(iter(v)).startswith("$"):
            (verb, arg), = v.items()
            return getattr(self, "of_" + verb[1:])(arg)
        if isinstance(v, dict):
            return {k: self.value(x) for k, x in v.items()}
        return [self.value(x) for x in v] if isinstance(v, list) else v

    @staticmethod
    def base64(data):
        return base64.b64encode(data).decode()

    def of_key_hash(self, names):
        return self.base64(hashlib.sha256(self.bench.keys.public(names[0], Encoding.DER)).digest())

    def of_table_hash(self, names):
        return self.base64(self.bench.keys.table_hash(*names))

    def of_pem_hash(self, name):
        return self.base64(hashlib.sha256(self.bench.keys.public(name)).digest())

    def of_pem(self, name):
        return self.bench.keys.public(name).decode()

    def of_private_pem(self, name):
        return self.bench.keys.private_pem(name)

    def of_bytes(self, arg):
        return self.base64(bytes([arg[0]]) * arg[1])

    def of_sealed(self, arg):
        key = tuple(arg)
        if key not in self.bench.sealed:
            self.bench.sealed[key] = self.customer.sealed(arg[0], bytes(range(arg[1])))
        return self.bench.sealed[key]

    def of_fuses(self, entries):
        return self._fuse_object(fuse_bytes(entries))

    def of_fuses_hex(self, text):
        return self._fuse_object(bytes.fromhex(text))

    def _fuse_object(self, data):
        return {"secureObjectType": "BINARY_FILE", "objectId": "2147451260",
                "payload": {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": self.base64(data)}}

    def of_ref(self, name):
        return self.objects[name]

    def of_ca(self, _):
        return self.bench.ca

    # ---- steps -----------------------------------------------------------------------------------

    def step(self, step):
        verb = next(iter(step))
        getattr(self, "do_" + verb)(step[verb], step)

    def do_create(self, part, step):
        self.name = f"object {next(self.bench.numbers)}"
        body = PARTS[part] if isinstance(part, str) else part
        body = body.get(self.family, body)
        body = {**self.value(body), **self.value(step.get("with", {})), "name": self.name}
        body = {k: v for k, v in body.items() if v is not None}
        made = self.service.post(OBJECTS, body)["id"]
        self.objects[step.get("as", part if isinstance(part, str) else self.name)] = made
        return made

    def do_update(self, name, step):
        self.service.put(f"{OBJECTS}/{self.objects[name]}", self.value(step["with"]))

    def do_assign(self, name, step):
        body = {"deviceGroupId": self.group}
        if "family" in step:
            body["productHardwareFamilyType"] = step["family"]
        self.service.post(f"{OBJECTS}/{self.objects[name]}/assign-device-group", body)

    def do_add(self, part, step):
        self.customer.assign(self.do_create(part, step), self.group)

    def do_files(self, arg, _):
        """So many files of so many bytes."""
        for i in range(arg[0]):
            self.do_add({"secureObjectType": "BINARY_FILE", "objectId": hex(0x2000 + i),
                         "payload": {"binaryFileType": "NON_CONFIDENTIAL",
                                     "binaryFile": self.base64(bytes(arg[1]))}}, {})

    def do_unassign(self, name, _):
        self.service.post(f"{OBJECTS}/{self.objects[name]}/unassign-device-groups", [{"deviceGroupId": self.group}])

    def do_claim(self, count, step):
        family = self.family if "of" not in step else next(f for f in FAMILIES if f != self.family)
        self.devices += [next(self.bench.chips[family]) for _ in range(count)]
        self.customer.claim(self.devices[-count:], self.group)
        for device in self.devices[-count:]:
            assert self.customer.states(device) == {"GENERATION_COMPLETED"}

    def do_report(self, result, _):
        for device in self.devices:
            self.service.post(self.customer.path(f"/devices/{device}/report", self.group), {"result": result})

    def do_lifeCycle(self, life_cycle, _):
        self.service.put(self.customer.path(group=self.group), {"lifeCycle": life_cycle})

    # ---- what there is ---------------------------------------------------------------------------

    def state(self, devices):
        """Everything of the group that a refused step could have changed."""
        objects = self.service.get(f"/api/v1/rtp/device-groups/{self.group}/secure-objects")["content"]
        members = self.service.get("/api/v1/devices", group=self.group)["content"]
        made = [self.customer.status(device) for device in devices]
        return self.service.get(self.customer.path(group=self.group)), sorted(o["id"] for o in objects), members, made


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bricking")
    service = Service(folder / "engraved")
    yield Bench(service, folder)
    assert service.stop() == 0, service.process.log_text()[-4000:]


def check_refused(run, last):
    devices = list(run.devices)
    before = run.state(devices)
    if "files" in last:  # the last of the files is the one too many
        before = None
    with pytest.raises(ApiError) as refusal:
        run.step(last)
    body = refusal.value.body
    said = " ".join(str(body.get(k)) for k in ("message", "details", "next"))
    assert body["code"] == run.case["code"], body
    assert run.case["says"] in said, body
    assert refusal.value.status < 500 and body["next"], body
    if before is not None:
        assert run.state(devices) == before
    if "create" in last:
        assert run.name not in [o["name"] for o in run.service.get(OBJECTS, size=500)["content"]]
    if "claim" in last:
        assert run.service.get(f"/api/v1/devices/{run.devices[-1]}")["state"] == "REGISTERED"


@pytest.mark.parametrize("family,case", CORPUS)
def test_case(bench, family, case):
    run = Run(bench, family, case)
    *first, last = case["steps"]
    for step in first:
        run.step(step)
    if "code" in case:
        check_refused(run, last)
    else:
        run.step(last)


def test_the_corpus_is_large_enough():
    refused, taken = collections.Counter(), collections.Counter()
    for param in CORPUS:
        family, case = param.values
        (refused if "code" in case else taken)[family] += 1
    for family in FAMILIES:
        print(f"bricking: {family}: {refused[family]} configurations refused, {taken[family]} taken")
        assert refused[family] >= 50 and taken[family] >= 5
    assert len({param.id for param in CORPUS}) == len(CORPUS)
