# SPDX-License-Identifier: Apache-2.0
"""
Every refusal that the API's own description names (x-codes) is reached here, by the call that names
it; a code that nothing reached, or that a call did not announce, fails the last test.
"""
import asyncio
import base64
import re
import shutil
import signal
import sqlite3
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from os import kill
from pathlib import Path

import pytest

from tests.helpers.chip_maker import openssl, seal, self_signed
from tests.helpers.customer import ID_FUSES, NC12, Customer
from tests.helpers.paths import SOURCE, program
from tests.helpers.service import Service

RTP = "/api/v1/rtp"
OBJECTS = RTP + "/secure-objects"
SEEN = set()        # codes
UNANNOUNCED = set()  # "METHOD path: code" that the document does not have


class Api:
    """Calls by a template of the document; notes each refusal."""

    def __init__(self, service):
        self.service = service
        self.paths = service.get("/api/v1/openapi.json")["paths"]

    def __call__(self, method, template, *values, **more):
        path = template
        for value in values:
            path = re.sub(r"{\w+}", str(value), path, count=1)
        answer = self.service.call(method, path, **more)
        if answer.status_code < 400:
            return answer.status_code
        code = answer.json()["code"]
        SEEN.add(code)
        responses = self.paths.get(template, {}).get(method.lower(), {}).get("responses", {})
        if template in self.paths and method.lower() in self.paths[template] and \
                code not in responses.get(str(answer.status_code), {}).get("x-codes", []):
            UNANNOUNCED.add(f"{method} {template}: {answer.status_code} {code}")
        return code


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("errors")
    service = Service(folder / "engraved")
    customer = Customer(service, folder)
    customer.api = Api(service)
    customer.other = customer.add_group("other")
    customer.devices = customer.chips(3)
    yield customer
    assert service.stop() == 0


P = "/api/v1/products/{nc12}/device-groups"
G = P + "/{gid}"
CALLS = {  # what has no place in the world: template, values, body
    "ERR_PRODUCT_UNKNOWN": ("GET", "/api/v1/products/{nc12}", (1,), None),
    "ERR_GROUP_UNKNOWN": ("GET", G, (NC12, 999), None),
    "ERR_OBJECT_UNKNOWN": ("GET", OBJECTS + "/{id}", (999,), None),
    "ERR_DEVICE_UNKNOWN": ("GET", "/api/v1/devices/{device}", (5,), None),
    "ERR_BAD_DEVICE_ID": ("GET", "/api/v1/devices/{device}", ("abc",), None),
    "ERR_CA_UNKNOWN": ("GET", RTP + "/certificate-authorities/{id}", (999,), None),
    "ERR_JOB_UNKNOWN": ("GET", "/api/v2/rtp/jobs/{job}", ("x" * 36,), None),
    "ERR_NOT_FOUND": ("DELETE", "/api/v1/api-keys/{id}", (999,), None),
    "ERR_NO_SUCH_PATH": ("GET", "/api/v1/nothing", (), None),
    "ERR_METHOD": ("PATCH", "/api/v1/products", (), None),
    "ERR_JSON_TYPE": ("POST", "/api/v1/products", (), {"nc12": True}),
    "ERR_FIELD": ("POST", "/api/v1/products", (), {"nc12": 0, "name": "x", "family": "x"}),
    "ERR_FAMILY_UNKNOWN": ("POST", "/api/v1/products", (), {"nc12": 1, "name": "x", "family": "x"}),
    "ERR_NAME_TAKEN": ("POST", "/api/v1/products", (), {"nc12": NC12, "name": "x",
                                                       "family": "rw612"}),
    "ERR_BAD_CERTIFICATE": ("POST", "/api/v1/roots-of-trust/signers", (),
                            {"name": "x", "certificate": "x"}),
}


@pytest.mark.parametrize("code", CALLS)
def test_plain_refusals(world, code):
    method, template, values, body = CALLS[code]
    assert world.api(method, template, *values, json=body) == code


def test_bodies(world):
    api, path = world.api, "/api/v1/products"
    assert api("POST", path, data=b'{"a": 1,\n "b" }') == "ERR_JSON"
    assert "line 2, column" in world.service.call("POST", path, data=b'{"a": 1,\n "b" }').json()[
        "details"]
    assert api("POST", path, data=b"x" * 20000) == "ERR_BODY_TOO_LARGE"
    assert api("GET", path, size=0) == "ERR_QUERY"
    product = {"nc12": NC12 + 5, "name": "x", "family": "rw612"}
    assert api("POST", path, json=product, headers={"Idempotency-Key": "a b"}) == "ERR_HEADER"
    assert api("POST", path, json=product, headers={"Idempotency-Key": "k"}) == 201
    product["name"] = "y"
    assert api("POST", path, json=product, headers={"Idempotency-Key": "k"}) == "ERR_IDEMPOTENCY_KEY"


def test_keys(world):
    api, keys = world.api, "/api/v1/api-keys"

    def made(**more):
        return world.service.post(keys, {"name": str(time.monotonic_ns()), "role": "AUDITOR", **more})[
            "key"]

    expired, auditor, scoped = (made(validitySeconds=1), made(),
                                made(deviceGroupId=world.other, role="ADMIN"))
    for template in ("/api/v1/products", G + "/devices"):
        for key in (None, "unknown"):
            assert api("GET", template, NC12, world.group,
                       headers={"EL2G-API-Key": key}) == "ERR_API_KEY"
    assert api("POST", keys, json={}, headers={"EL2G-API-Key": auditor}) == "ERR_ROLE"
    assert api("GET", G, NC12, world.group, headers={"EL2G-API-Key": scoped}) == "ERR_SCOPE"
    time.sleep(2)
    assert api("GET", keys, headers={"EL2G-API-Key": expired}) == "ERR_API_KEY_EXPIRED"


def test_devices(world):
    api, service = world.api, world.service
    first, second, third = world.devices
    assign, unclaim = G + "/devices", G + "/devices/unclaim"

    def claim(group, *ids):
        return api("POST", assign, NC12, group, json={"deviceIds": list(ids)})

    pair = world.define("KEYPAIR", 0x1001, algorithm="NIST_P256")
    assert api("POST", G + "/devices/{device}/report", NC12, world.group, first,
               json={"result": "FAILED"}) == "ERR_NOT_IN_GROUP"
    assert claim(world.group, first) == 202
    assert claim(world.other, first) == "ERR_SEDM_422_11"
    assert claim(world.group, "7") == "ERR_SEDM_422_11"
    assert claim(world.group, *map(str, range(501))) == "ERR_TOO_MANY_DEVICES"
    assert api("PUT", G, NC12, world.group, json={"quota": 0}) == "ERR_QUOTA_BELOW_USED"
    assert api("PUT", G, NC12, world.group, json={"quota": 1}) == 200
    assert claim(world.group, second) == "ERR_QUOTA"
    assert api("PUT", G, NC12, world.group, json={"quota": None}) == 200
    assert api("DELETE", G, NC12, world.group) == "ERR_IN_USE"
    assert api("POST", G + "/devices/{device}/report", NC12, world.group, first,
               json={"result": "FAILED"}) == "ERR_NOT_GENERATED"
    assert api("POST", RTP + "/device-groups/{gid}/devices/download-provisionings", world.group,
               json={"deviceIds": [third]}) == "ERR_NOT_IN_GROUP"
    service.post("/api/v1/products", {"nc12": 8, "name": "x", "family": "rw612"})
    foreign = service.post("/api/v1/products/8/device-groups", {"deviceGroupName": "x"})["id"]
    assert api("POST", assign, 8, foreign, json={"deviceIds": [third]}) == "ERR_FAMILY"
    closed = world.add_group("closed", lifeCycle="CLOSED")
    world.assign(pair, closed)
    assert claim(closed, third) == "ERR_OBJECT_MISSING"
    assert api("POST", unclaim, NC12, world.group, json={"deviceIds": [first]}) == 200


def file_of(size):
    return {"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": base64.b64encode(bytes(size)).decode()}


def test_objects(world):
    api = world.api

    def define(kind, object_id, **more):
        return api("POST", OBJECTS, json={"name": f"e{time.monotonic_ns()}", "secureObjectType": kind,
                                          "objectId": str(object_id), **more})

    key = {"algorithm": "NIST_P256"}
    assert define("KEYPAIR", ID_FUSES, **key) == "ERR_OBJECT_ID"
    assert define("KEYPAIR", 1, **key, policySourceType="CUSTOM",
                  policies={"usages": ["ENCRYPT"]}) == "ERR_OBJECT_POLICY"
    assert define("CERTIFICATE", 1, keyPairId=9999, intermediateCaId=1) == "ERR_OBJECT_UNKNOWN"
    assert define("HMAC_KEY", 1, encryptedKey="x") == "ERR_PGP_UNSUPPORTED"
    assert define("HMAC_KEY", 1) == "ERR_SECRET_MISSING"
    assert define("BINARY_FILE", ID_FUSES, generateOnDeviceConnection=True,
                  payload=file_of(3)) == "ERR_FLOW"
    assert define("BINARY_FILE", 1, payload={**file_of(3), "checkSum": "0" * 128}) == "ERR_CHECKSUM"
    assert define("STATIC_PUBLIC_KEY", 1, publicKey="x") == "ERR_BAD_KEY"
    assert define("HMAC_KEY", 1, cmsEncryptedKey="AAAA") == "ERR_BAD_CMS"
    wrong = base64.b64encode(seal(b"x", world.maker.recipient)).decode()
    assert define("HMAC_KEY", 1, cmsEncryptedKey=wrong) == "ERR_CMS_RECIPIENT"
    assert define("HMAC_KEY", 1, cmsEncryptedKey=world.sealed("MASTER_KEY", bytes(32))) == \
        "ERR_SECRET_BOUND_ELSEWHERE"
    made = world.define("KEYPAIR", 77, **key)
    assert api("PUT", OBJECTS + "/{id}", made, json={"algorithm": "NIST_P384"}) == "ERR_OBJECT_FIXED"


def test_sets(world):
    api, group = world.api, world.add_group("sets")
    small = world.add_group("small")
    assign = OBJECTS + "/{id}/assign-device-group"

    def put(object_id, into=group, **more):
        return api("POST", assign, object_id, json={"deviceGroupId": into, **more})

    pair = world.define("KEYPAIR", 0x100, algorithm="NIST_P256")
    ca = world.service.post(RTP + "/intermediate-cas", {"name": "ca"})["id"]
    cert = world.define("CERTIFICATE", 0x101, keyPairId=pair, intermediateCaId=ca)
    assert put(cert) == "ERR_KEY_PAIR"
    assert put(pair, productHardwareFamilyType="RW6") == "ERR_FAMILY"
    assert put(pair) == 204
    assert put(world.define("KEYPAIR", 0x100, algorithm="NIST_P256")) == "ERR_OBJECT_ID_TWICE"
    assert put(world.define("BINARY_FILE", ID_FUSES, payload=file_of(3))) == "ERR_FUSE_CONFIG"
    assert put(world.define("BINARY_FILE", 0x102, payload=file_of(16500))) == "ERR_OBJECT_SIZE"
    large = world.add_group("large")
    assert [put(world.define("BINARY_FILE", 0x110 + n, payload=file_of(8000)), large)
            for n in range(3)] == [204, 204, "ERR_OBJECT_BYTES"]
    unsupported = world.define("KEYPAIR", 0x103, algorithm="RSA_4096")
    world.service.post("/api/v1/products", {"nc12": 9, "name": "x", "family": "kw45b41z8"})
    plain = world.service.post("/api/v1/products/9/device-groups", {"deviceGroupName": "x"})["id"]
    assert put(unsupported, plain) == "ERR_OBJECT_UNSUPPORTED"
    codes = [put(world.define("BINARY_FILE", 0x200 + n, payload=file_of(1)), small)
             for n in range(17)]
    assert codes == 16 * [204] + ["ERR_OBJECT_COUNT"]
    assert put(cert) == 204
    assert api("POST", RTP + "/device-groups/{gid}/unassign-secure-objects", group,
               json=[pair]) == "ERR_IN_USE"


def test_claim_codes_and_alarms(world):
    api, codes = world.api, G + "/claim-codes"
    where = (NC12, world.other)
    assert api("POST", codes, *where, json={"name": "c", "secret": "short"}) == "ERR_CLAIM_SECRET"
    made = world.service.post(codes.format(nc12=NC12, gid=world.other), {"name": "c"})["id"]
    assert api("POST", codes, *where, json={"name": "c"}) == "ERR_NAME_TAKEN"
    assert api("POST", G + "/claim-code-batches", *where, json={"name": "c", "count": 1}) == 201
    assert api("POST", G + "/claim-code-batches", *where, json={"name": "c", "count": 1}) == "ERR_NAME_TAKEN"
    for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/revoke"), ("GET", "/devices")):
        assert api(method, codes + "/{id}" + rest, *where, 999, json={}) == "ERR_CLAIM_CODE"
    assert api("GET", codes + "/{id}", NC12, world.group, made) == "ERR_CLAIM_CODE"  # of another group
    assert api("POST", codes + "/{id}/revoke", *where, made) == 200
    assert api("PUT", codes + "/{id}", *where, made, json={"name": "d"}) == "ERR_CLAIM_REVOKED"
    line = world.service.post(P.format(nc12=NC12), {"deviceGroupName": "line only", "flows": ["PROXY"]})["id"]
    assert api("POST", codes, NC12, line, json={"name": "c"}) == "ERR_FLOW"
    assert api("PUT", G, NC12, line, json={"flows": ["PARTNER"]}) == "ERR_FIELD"
    boot = world.service.post(OBJECTS, {"name": "boot key of claims", "secureObjectType": "OEM_FW_AUTH_KEY_HASH",
                                        "objectId": "2147451258", "binaryFile": "AQ" + 41 * "A" + "=",
                                        "oemProvisioned": True})["id"]
    field = world.service.post(P.format(nc12=NC12), {"deviceGroupName": "field only", "flows": ["CLOUD"]})["id"]
    assert api("POST", OBJECTS + "/{id}/assign-device-group", boot,
               json={"deviceGroupId": field}) == "ERR_INTERNAL_OBJECT"
    assert api("GET", "/api/v1/alarms", kind="NOTHING") == "ERR_QUERY"
    assert api("POST", "/api/v1/alarms/{id}/acknowledge", 999) == "ERR_ALARM_UNKNOWN"


def test_rollouts_services_and_connection_data(world):
    api, one = world.api, G + "/rollouts/{id}"
    field = world.service.post(P.format(nc12=NC12), {"deviceGroupName": "staged", "flows": ["CLOUD"]})["id"]
    where = (NC12, field)
    for method, rest in (("GET", ""), ("PUT", ""), *(("POST", verb) for verb in ("/halt", "/resume", "/rollback",
                                                                              "/finish")), ("GET", "/events")):
        assert api(method, one + rest, *where, 999, json={"percent": 1}) == "ERR_ROLLOUT_UNKNOWN"
    made = world.service.post(G.format(nc12=NC12, gid=field) + "/rollouts", {"percent": 0})["id"]
    assert api("POST", G + "/rollouts", *where, json={}) == "ERR_ROLLOUT_OPEN"
    assert api("POST", one + "/finish", *where, made) == 200
    for method, rest in (("PUT", ""), ("POST", "/halt"), ("POST", "/resume"), ("POST", "/rollback"),
                         ("POST", "/finish")):
        assert api(method, one + rest, *where, made, json={"percent": 1}) == "ERR_ROLLOUT_STATE"
    service = {"name": "broker", "type": "CUSTOM", "protocol": "MQTTS", "hostname": "mqtt.example", "port": 8883}
    for method in ("GET", "PUT", "DELETE"):
        assert api(method, G + "/services/{id}", *where, 999, json=service) == "ERR_SERVICE_UNKNOWN"
    assert api("GET", G + "/connection", *where) == "ERR_CONNECTION_UNKNOWN"
    assert api("GET", "/api/v1/connection") == "ERR_CONNECTION_UNKNOWN"


def test_manifests(world, tmp_path):
    api, path = world.api, "/api/v1/roots-of-trust"

    def upload(message):
        return api("POST", path, data=message)

    def signed(text, cert, key):
        return seal(openssl("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-outform", "DER",
                            "-signer", cert, "-inkey", key, data=text.encode()),
                    world.maker.recipient)

    ((uuid, root),) = world.maker.roots(1).items()
    text = "engrave-manifest 1\nfamily mcxn947\ncount {}\n{}end\n"
    row = f"{uuid} {root}\n"
    mine = (world.maker.cert, world.maker.key)
    assert upload(b"x") == "ERR_BAD_CMS"
    secret = tmp_path / "secret.pem"
    secret.write_text(world.service.get(RTP + "/secret-import-certificate"))
    assert upload(seal(b"x", secret)) == "ERR_CMS_RECIPIENT"
    assert upload(signed(text.format(1, row), *self_signed(tmp_path, "stranger"))) == "ERR_CMS_SIGNER"
    def details(message):
        return world.service.call("POST", path, data=message).json()["details"]

    assert upload(signed("nonsense\n", *mine)) == "ERR_MANIFEST"
    assert "1 to 3" in details(signed("nonsense\n", *mine))
    broken = signed(text.format(2, row + row[:-2] + "\n"), *mine)
    assert upload(broken) == "ERR_MANIFEST" and "Line 5" in details(broken)
    double = signed(text.format(2, row + row), *mine)
    assert upload(double) == "ERR_MANIFEST_TWICE"
    assert details(double) == f"Device {uuid} is there twice." and root not in details(double)
    strange = signed(text.format(1, row).replace("mcxn947", "abc-1"), *mine)
    assert upload(strange) == "ERR_MANIFEST_FAMILY" and '"abc-1"' in details(strange)
    assert upload(signed(text.format(1, row), *mine)) == 201
    ((_, other),) = world.maker.roots(1).items()
    assert upload(signed(text.format(1, f"{uuid} {other}\n"), *mine)) == "ERR_ROOT_CONFLICT"


def test_issuer(world):
    made = world.service.post(RTP + "/intermediate-cas", {"name": "no issuer"})["id"]
    assert world.api("POST", RTP + "/intermediate-cas",
                     json={"name": "below", "issuerCaId": made}) == "ERR_ISSUER"


def test_certificate_authorities(world):
    api, service = world.api, world.service
    cas, below = RTP + "/certificate-authorities/{id}", RTP + "/intermediate-cas"
    plain = service.post(below, {"name": "plain"})["id"]
    pending = service.post(below, {"name": "pending", "requestType": "WITH_CSR"})["id"]
    cert = service.get(f"{RTP}/certificate-authorities/{plain}")["certificate"]
    assert api("POST", cas + "/certificate", plain, json={"certificate": cert}) == "ERR_CA_NOT_PENDING"
    assert api("POST", below, json={"name": "a", "issuerCaId": pending}) == "ERR_CA_PENDING"
    assert api("POST", cas + "/certificate", pending, json={"certificate": cert}) == \
        "ERR_CA_CERTIFICATE"
    root = openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-keyout", world.folder / "outside.key", "-days", "30", "-subj", "/CN=outside",
                   "-addext", "keyUsage=critical,keyCertSign,cRLSign").decode()
    outside = service.post(RTP + "/external-cas", {"name": "outside", "certificate": root})["id"]
    assert api("POST", below, json={"name": "b", "issuerCaId": outside}) == "ERR_CA_EXTERNAL"
    assert api("POST", below, json={"name": "b", "validityYears": 40}) == "ERR_VALIDITY"
    assert api("POST", RTP + "/root-cas", json={"name": "c", "profile": "matter-paa",
                                                "algorithm": "NIST_P384"}) == "ERR_PROFILE"
    assert api("POST", "/api/v1/devices/{id}/revoke-certificates", world.devices[2], json={}) == \
        "ERR_CERTIFICATE_UNKNOWN"
    group = world.add_group("production", production=True)
    assert api("POST", G + "/matter", NC12, group,
               json={"vendorId": "FFF1", "productId": "8000"}) == "ERR_TEST_ONLY"


def test_rate_limit(tmp_path):
    config = tmp_path / "engraved.ini"
    config.write_text("[server]\nrate_limit = 20\n")
    with Service(tmp_path / "engraved", extra=["--config", config]) as service:
        time.sleep(1.1)
        api = Api(service)
        codes = [api("GET", "/api/v1/products") for _ in range(60)]
        assert codes.count("ERR_RATE") >= 1 and codes[:10] == 10 * [200]
        refusal = next(a for a in (service.call("GET", "/api/v1/products") for _ in range(60))
                       if a.status_code == 429)
        assert refusal.headers["Retry-After"] == "1"
        time.sleep(1.1)
        assert api("GET", "/api/v1/products") == 200


def test_far_page(tmp_path):
    """More devices than are counted off, written into the database."""
    with Service(tmp_path / "engraved") as service:
        api = Api(service)
        customer = Customer(service, tmp_path)
        service.stop()
        rows = ((n, n.to_bytes(16, "big")) for n in range(1, 20202))
        with sqlite3.connect(service.data / "engrave.db") as db:
            db.executemany("INSERT INTO device (id, uuid, company_id, manifest_id, family, state, created_s,"
                           " wrapped_root, root_tag, connection_key, attestation_key)"
                           " VALUES (?, ?, 1, 1, 'mcxn947', 1, 1, x'', x'', x'', x'')", rows)
        service.start()
        assert api("GET", "/api/v1/devices", page=2010, size=10) == "ERR_PAGE_FAR"
        assert api("GET", "/api/v1/devices", page=2010, size=10, family="rw612") == 200
        assert api("GET", G + "/devices", NC12, customer.group, page=9999) == 200  # it is short
        for bad in ("00", "g" * 64, 65 * "0"):
            assert api("GET", "/api/v1/devices", after=bad) == "ERR_QUERY"
        seen, token = [], {}
        while token is not None:
            answer = service.get("/api/v1/devices", size=500, **token)
            seen += [int(d["id"]) for d in answer["content"]]
            token = answer["nextToken"] and {"after": answer["nextToken"]}
        assert seen == list(range(1, 20202))
        assert api("GET", "/api/v1/devices", page=1, after=64 * "0") == "ERR_QUERY"


def test_too_many(tmp_path):
    """A CA that has revoked all it may; the number is written into the database."""
    with Service(tmp_path / "engraved") as service:
        api = Api(service)
        ca = service.post(RTP + "/root-cas", {"name": "root"})["id"]
        service.stop()
        with sqlite3.connect(service.data / "engrave.db") as db:
            db.execute("UPDATE certificate_authority SET revision = 200000 WHERE id = ?", (ca,))
        service.start()
        assert api("POST", RTP + "/certificate-authorities/{id}/revocations", ca,
                   json={"serialNumber": "0A"}) == "ERR_TOO_MANY"


WORKERS, QUEUE = 16, 1024  # server/main/limits.def


async def ask(service, context, codes):
    """One GET on a connection of its own; its HTTP status, or the refusal's code."""
    host, port = service.listen.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context,
                                                   ssl_handshake_timeout=60)
    writer.write(f"GET /api/v1/products HTTP/1.1\r\nHost: {service.listen}\r\n"
                 f"EL2G-API-Key: {service.key}\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    found = re.search(r'"code":"(\w+)"', answer)
    codes.append(found[1] if found else answer.split(" ", 2)[1])
    if found:
        assert "Retry-After: 1" in answer and answer.startswith("HTTP/1.1 429")


def test_busy(tmp_path):
    """All workers wait for a vault that was stopped, and as many requests as may wait do so too."""
    with Service(tmp_path / "engraved") as service:
        vaults = [int(p) for task in Path(f"/proc/{service.process.pid}/task").iterdir()
                  for p in (task / "children").read_text().split()]
        context = ssl.create_default_context(cafile=service.ca_file)
        codes = []

        async def rush():
            many = [asyncio.create_task(ask(service, context, codes)) for _ in range(QUEUE + 40)]
            while "ERR_BUSY" not in codes:
                assert not all(t.done() for t in many)
                await asyncio.sleep(0.05)
            for pid in vaults:
                kill(pid, signal.SIGCONT)
            await asyncio.gather(*many)

        with ThreadPoolExecutor(WORKERS) as pool:
            for pid in vaults:
                kill(pid, signal.SIGSTOP)
            blocked = [pool.submit(service.call, "POST", RTP + "/root-cas", json={"name": f"r{n}"})
                       for n in range(WORKERS)]
            time.sleep(1)
            try:
                asyncio.run(asyncio.wait_for(rush(), 120))
            finally:
                for pid in vaults:
                    kill(pid, signal.SIGCONT)
            assert [b.result().status_code for b in blocked] == WORKERS * [201]
        SEEN.add("ERR_BUSY")
        assert set(codes) == {"200", "ERR_BUSY"} and codes.count("200") >= QUEUE


def test_vault_unavailable(tmp_path, monkeypatch):
    """The vault's program is gone and its processes die."""
    bin_ = tmp_path / "build" / "bin"
    bin_.mkdir(parents=True)
    for name in ("engraved", "engrave-vault"):
        shutil.copy(program(name), bin_ / name)
    monkeypatch.setenv("ENGRAVE_BUILD", str(bin_.parent))
    with Service(tmp_path / "engraved", extra=["--families", SOURCE / "families"]) as service:
        api = Api(service)
        (bin_ / "engrave-vault").unlink()
        pids = {int(p) for task in Path(f"/proc/{service.process.pid}/task").iterdir()
                for p in (task / "children").read_text().split()}
        assert pids
        for pid in pids:
            kill(pid, signal.SIGKILL)
        until = time.monotonic() + 20
        roots = iter(range(1000))
        while time.monotonic() < until and api("POST", RTP + "/root-cas", json={
                "name": f"root {next(roots)}"}) != "ERR_VAULT_UNAVAILABLE":
            time.sleep(0.1)
        assert api("GET", "/healthz") == "ERR_VAULT_UNAVAILABLE"
        assert api("GET", "/api/v1/products") == 200


def test_database_unavailable(tmp_path, postgres):
    url = postgres.create_database("errors")
    with Service(tmp_path / "engraved", database=url) as service:
        api = Api(service)
        postgres.stop()
        try:
            assert api("GET", "/api/v1/products") == "ERR_STORE_UNAVAILABLE"
            assert api("GET", "/healthz") == "ERR_STORE_UNAVAILABLE"
        finally:
            postgres.start()
        until = time.monotonic() + 20
        while api("GET", "/api/v1/products") != 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert api("GET", "/api/v1/products") == 200


def test_nothing_was_left_out(world):
    """Last: what the document announces was seen, and nothing else was."""
    announced = {code for methods in world.api.paths.values() for call in methods.values()
                 for answer in call["responses"].values() for code in answer.get("x-codes", [])}
    assert not UNANNOUNCED
    never = sorted(announced - SEEN)
    assert not never, "announced in server/api/openapi/routes.json and never seen"
