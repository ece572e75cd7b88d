# SPDX-License-Identifier: Apache-2.0
"""Products, groups, CAs, secure objects and their rules; secrets that a customer seals."""
import base64

import pytest

from tests.helpers.chip_maker import ChipMaker, openssl, seal
from tests.helpers.customer import ID_DECRYPT_KEY, ID_FUSES, ID_RKTH, NC12, Customer
from tests.helpers.service import ApiError

OBJECTS = "/api/v1/rtp/secure-objects"
FUSE_30 = bytes.fromhex("4002001e410409d11411")


@pytest.fixture
def customer(service, tmp_path):
    return Customer(service, tmp_path)


def refused(code, call, *args, **more):
    with pytest.raises(ApiError) as caught:
        call(*args, **more)
    assert caught.value.code == code, caught.value.body
    return caught.value


def test_products(service):
    made = service.post("/api/v1/products", {"nc12": str(NC12), "name": "b", "family": "rw612"})
    assert (made["nc12"], made["productHardwareFamilyType"]) == (NC12, "RW6")
    refused("ERR_NAME_TAKEN", service.post, "/api/v1/products",
            {"nc12": NC12, "name": "c", "family": "rw612"})
    assert service.get(f"/api/v1/products/{NC12}") == made
    assert {"mcxn947", "rw612"} <= {f["name"] for f in service.get("/api/v1/families")["content"]}


def test_groups(customer):
    service = customer.service
    made = service.post(customer.path()[: -len(f"/{customer.group}")],
                        {"deviceGroupName": "b", "quota": 10, "lifeCycle": "CLOSED", "extra": 1})
    path = customer.path(group=made["id"])
    assert service.get(path) == made
    assert (made["quota"], made["lifeCycle"], made["quotaUsed"]) == (10, "CLOSED", 0)
    assert service.put(path, {"deviceGroupName": "c"})["deviceGroupName"] == "c"
    assert service.put(path, {"lifeCycle": "LOCKED"})["lifeCycle"] == "LOCKED"
    refused("ERR_FIELD", service.put, path, {"lifeCycle": "HALF"})
    refused("ERR_NAME_TAKEN", service.put, path, {"deviceGroupName": "line"})
    assert service.call("DELETE", path, json={}).status_code == 204
    refused("ERR_GROUP_UNKNOWN", service.get, path)
    customer.claim(customer.chips(1))
    refused("ERR_IN_USE", service.delete, customer.path())
    service.post("/api/v1/products", {"nc12": 7, "name": "x", "family": "rw612"})
    refused("ERR_GROUP_UNKNOWN", service.get, f"/api/v1/products/7/device-groups/{customer.group}")


@pytest.mark.parametrize("algorithm", ["NIST_P256", "NIST_P384", "ECC_ED_25519", "RSA_2048"])
def test_ca_hierarchy(service, tmp_path, algorithm):
    root = service.post("/api/v1/rtp/root-cas", {"name": "Root", "algorithm": algorithm,
                                                 "organization": "Example", "validityYears": 20})
    ca = service.post("/api/v1/rtp/intermediate-cas",
                      {"name": "Line", "algorithm": algorithm, "requestType": "WITHOUT_CSR",
                       "issuerCaId": root["id"], "prefix": "X "})
    assert (ca["subject"], ca["issuer"]) == ("CN=X Line,O=default", "CN=Root,O=Example")
    (tmp_path / "root.pem").write_text(root["certificate"])
    (tmp_path / "ca.pem").write_text(ca["certificate"])
    openssl("verify", "-x509_strict", "-CAfile", tmp_path / "root.pem", tmp_path / "ca.pem")
    chain = service.get(f"/api/v1/rtp/certificate-authorities/{ca['id']}/chain")
    assert chain == ca["certificate"] + root["certificate"]
    assert service.get(f"/api/v1/rtp/certificate-authorities/{ca['id']}") == ca
    refused("ERR_NAME_TAKEN", service.post, "/api/v1/rtp/root-cas", {"name": "Root"})


def test_default_root_is_made_once(service):
    first, second = (service.post("/api/v1/rtp/intermediate-cas", {"name": n}) for n in "ab")
    assert first["issuerCaId"] == second["issuerCaId"]
    listed = service.get("/api/v1/rtp/certificate-authorities")["content"]
    assert [ca["isDefaultRoot"] for ca in listed] == [True, False, False]
    refused("ERR_CA_UNKNOWN", service.get, "/api/v1/rtp/certificate-authorities/99")
    refused("ERR_CA_UNKNOWN", service.post, "/api/v1/rtp/intermediate-cas",
            {"name": "c", "issuerCaId": 99})
    refused("ERR_FIELD", service.post, "/api/v1/rtp/root-cas", {"name": "d", "algorithm": "DES"})


@pytest.mark.parametrize("kind, object_id, more, code", [
    ("KEYPAIR", 0x1001, {"algorithm": "NIST_P521"}, "ERR_FIELD"),
    ("KEYPAIR", 0x1001, {}, "ERR_JSON_TYPE"),
    ("KEYPAIR", ID_RKTH, {"algorithm": "NIST_P256"}, "ERR_OBJECT_ID"),
    ("KEYPAIR", 0, {"algorithm": "NIST_P256"}, "ERR_OBJECT_ID"),
    ("KEYPAIR", "zzz", {"algorithm": "NIST_P256"}, "ERR_FIELD"),
    ("NOTHING", 1, {}, "ERR_FIELD"),
    ("CERTIFICATE", 0x1002, {"keyPairId": 99, "intermediateCaId": 1}, "ERR_OBJECT_UNKNOWN"),
    ("OEM_FW_AUTH_KEY_HASH", ID_RKTH, {"binaryFile": "AAAA"}, "ERR_FIELD"),
    ("OEM_FW_AUTH_KEY_HASH", 0x1001, {"binaryFile": base64.b64encode(bytes(32)).decode()},
     "ERR_OBJECT_ID"),
    ("OEM_FW_DECRYPT_KEY", ID_DECRYPT_KEY, {"keySize": "AES256"}, "ERR_SECRET_MISSING"),
    ("OEM_FW_DECRYPT_KEY", ID_DECRYPT_KEY, {"keySize": "AES128"}, "ERR_FIELD"),
    ("HMAC_KEY", 0x1004, {"keySize": 32}, "ERR_SECRET_MISSING"),
    ("HMAC_KEY", 0x1004, {"keySize": 257}, "ERR_FIELD"),
    ("HMAC_KEY", 0x1004, {"encryptedKey": "-----BEGIN PGP"}, "ERR_PGP_UNSUPPORTED"),
    ("MASTER_KEY", 0x1003, {"customerPgpPublicKey": "x"}, "ERR_PGP_UNSUPPORTED"),
    ("BINARY_FILE", 0x1006, {"payload": {"binaryFileType": "CONFIDENTIAL",
                                         "encryptedBinaryFile": "x"}}, "ERR_PGP_UNSUPPORTED"),
    ("BINARY_FILE", 0x1006, {"payload": {"binaryFileType": "NON_CONFIDENTIAL",
                                         "binaryFile": "not base64"}}, "ERR_FIELD"),
    ("BINARY_FILE", 0x1006, {"payload": 5}, "ERR_JSON_TYPE"),
    ("BINARY_FILE", ID_FUSES, {"generateOnDeviceConnection": True,
                               "payload": {"binaryFileType": "NON_CONFIDENTIAL",
                                           "binaryFile": "AAAA"}}, "ERR_FLOW"),
    ("STATIC_PUBLIC_KEY", 0x1007, {"publicKey": "no PEM"}, "ERR_BAD_KEY"),
    ("KEYPAIR", 0x1001, {"algorithm": "NIST_P256", "policySourceType": "CUSTOM",
                         "policies": {"usages": ["FLY"]}}, "ERR_FIELD"),
    ("KEYPAIR", 0x1001, {"algorithm": "NIST_P256", "policySourceType": "CUSTOM",
                         "policies": {"usages": ["ENCRYPT"]}}, "ERR_OBJECT_POLICY"),
])
def test_definitions_refused(customer, kind, object_id, more, code):
    problem = refused(code, customer.define, kind, object_id, **more)
    assert problem.body["next"]
    assert customer.service.get(OBJECTS)["content"] == []


def test_pgp_refusal_says_what_to_send(customer):
    problem = refused("ERR_PGP_UNSUPPORTED", customer.define, "HMAC_KEY", 1, encryptedKey="x")
    assert "openssl cms -encrypt -aes-256-gcm" in problem.body["next"]
    assert "secret-import-certificate" in problem.body["next"]


def test_public_key_object(customer, tmp_path):
    pem = openssl("pkey", "-in", customer.maker.key, "-pubout").decode()
    made = customer.add("STATIC_PUBLIC_KEY", "0x1007", publicKey=pem, algorithm="NIST_P256")
    shown = customer.service.get(f"{OBJECTS}/{made}")
    assert shown["definition"]["publicKey"] == pem
    assert shown["definition"]["objectId"] == str(0x1007)
    refused("ERR_FIELD", customer.define, "STATIC_PUBLIC_KEY", 0x1008, publicKey=pem,
            algorithm="RSA_2048")
    (device,) = customer.chips(1)
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}


def test_all_types_in_one_set(customer):
    customer.add_boot_key_hash()
    customer.add_identity()
    customer.add("MASTER_KEY", 0x1003, keySize="AES128")
    customer.add("HMAC_KEY", 0x1004, keySize=32, cmsEncryptedKey=customer.sealed("HMAC_KEY", b"h" * 32))
    customer.add("BINARY_FILE", 0x1005, payload={"binaryFileType": "NON_CONFIDENTIAL",
                                                 "binaryFile": base64.b64encode(b"hello").decode()})
    customer.add("BINARY_FILE", 0x1006,
                 payload={"binaryFileType": "CONFIDENTIAL",
                          "cmsEncryptedBinaryFile": customer.sealed("BINARY_FILE", b"quiet")})
    customer.add("OEM_FW_DECRYPT_KEY", ID_DECRYPT_KEY, keySize="AES256",
                 cmsEncryptedKey=customer.sealed("OEM_FW_DECRYPT_KEY", b"k" * 32))
    customer.add("BINARY_FILE", ID_FUSES, payload={"binaryFileType": "NON_CONFIDENTIAL",
                                                   "binaryFile": base64.b64encode(FUSE_30).decode()})
    (device,) = customer.chips(1)
    customer.claim([device])
    assert customer.states(device) == {"GENERATION_COMPLETED"}
    (entry,) = customer.download([device])
    ids = [int(p["secureObject"]["objectId"]) for p in entry["rtpProvisionings"]]
    assert sorted(ids[:3]) == [ID_RKTH, ID_DECRYPT_KEY, ID_FUSES] and len(ids) == 9
    for shown in customer.service.get(OBJECTS)["content"]:
        assert "cms" not in str(shown) and "quiet" not in str(shown)


@pytest.mark.parametrize("algorithm", ["NIST_P384", "ECC_ED_25519", "RSA_2048"])
def test_other_key_algorithms(customer, algorithm):
    customer.add_identity(algorithm=algorithm)
    (device,) = customer.chips(1)
    customer.claim([device])
    assert customer.states(device, wait=30) == {"GENERATION_COMPLETED"}


def test_sealed_secrets_are_bound(customer, tmp_path):
    good = customer.sealed("HMAC_KEY", b"x" * 32)
    refused("ERR_SECRET_BOUND_ELSEWHERE", customer.define, "MASTER_KEY", 0x1003, cmsEncryptedKey=good)
    refused("ERR_SECRET_BOUND_ELSEWHERE", customer.define, "HMAC_KEY", 0x1004,
            cmsEncryptedKey=customer.sealed("HMAC_KEY", b"x" * 32, company="Somebody"))
    refused("ERR_FIELD", customer.define, "HMAC_KEY", 0x1004, keySize=16, cmsEncryptedKey=good)
    damaged = bytearray(base64.b64decode(good))
    damaged[-20] ^= 1
    problem = refused("ERR_BAD_MAC", customer.define, "HMAC_KEY", 0x1004,
                      cmsEncryptedKey=base64.b64encode(damaged).decode())
    assert problem.status == 422
    other = base64.b64encode(seal(b"Engrave-Secret: 1\n", customer.maker.recipient)).decode()
    refused("ERR_CMS_RECIPIENT", customer.define, "HMAC_KEY", 0x1004, cmsEncryptedKey=other)
    pem = openssl("cms", "-cmsout", "-inform", "DER", "-outform", "PEM", data=base64.b64decode(good))
    customer.define("HMAC_KEY", 0x1004, cmsEncryptedKey=pem.decode())


def test_what_a_group_may_hold(customer):
    service = customer.service
    pair = customer.define("KEYPAIR", 0x1001, algorithm="NIST_P256")
    ca = service.post("/api/v1/rtp/intermediate-cas", {"name": "ca"})["id"]
    cert = customer.define("CERTIFICATE", 0x1002, keyPairId=pair, intermediateCaId=ca)
    refused("ERR_KEY_PAIR", customer.assign, cert)
    customer.assign(pair)
    customer.assign(pair)
    customer.assign(cert)
    refused("ERR_OBJECT_ID_TWICE", customer.add, "KEYPAIR", 0x1001, algorithm="NIST_P256")
    refused("ERR_FUSE_CONFIG", customer.add, "BINARY_FILE", ID_FUSES,
            payload={"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "QAIA"})
    refused("ERR_FAMILY", service.post, f"{OBJECTS}/{pair}/assign-device-group",
            {"deviceGroupId": customer.group, "productHardwareFamilyType": "RW6"})
    refused("ERR_OBJECT_SIZE", customer.add, "BINARY_FILE", 0x1010,
            payload={"binaryFileType": "NON_CONFIDENTIAL",
                     "binaryFile": base64.b64encode(bytes(16384)).decode()})
    refused("ERR_IN_USE", service.delete, f"{OBJECTS}/{pair}")
    unassign = f"{OBJECTS}/%d/unassign-device-groups/?hardware-family-type=MCXN"
    refused("ERR_IN_USE", service.post, unassign % pair, [{"deviceGroupId": customer.group}])
    for made in (cert, pair):
        service.post(unassign % made, [{"deviceGroupId": customer.group}])
    refused("ERR_IN_USE", service.delete, f"{OBJECTS}/{pair}")
    for made in (cert, pair):
        service.delete(f"{OBJECTS}/{made}")
    assert service.get(f"/api/v1/rtp/device-groups/{customer.group}/secure-objects")["content"] == []


def test_closing_needs_a_boot_key_hash(service, tmp_path):
    customer = Customer(service, tmp_path, lifeCycle="CLOSED")
    customer.add_identity()
    ids = customer.chips(1)
    problem = refused("ERR_OBJECT_MISSING", customer.claim, ids)
    assert "0x7FFF817A" in problem.body["details"]
    customer.add_boot_key_hash()
    customer.claim(ids)
    assert customer.states(ids[0]) == {"GENERATION_COMPLETED"}


def test_rw612_wants_its_three_internal_objects(service, tmp_path):
    customer = Customer(service, tmp_path, family="rw612")
    customer.add_identity()
    ids = customer.chips(1)
    refused("ERR_OBJECT_MISSING", customer.claim, ids)
    customer.add_boot_key_hash()
    customer.add("OEM_FW_DECRYPT_KEY", ID_DECRYPT_KEY,
                 cmsEncryptedKey=customer.sealed("OEM_FW_DECRYPT_KEY", b"k" * 32))
    refused("ERR_OBJECT_MISSING", customer.claim, ids)
    customer.add("BINARY_FILE", ID_FUSES, payload={"binaryFileType": "NON_CONFIDENTIAL",
                                                   "binaryFile": base64.b64encode(FUSE_30).decode()})
    customer.claim(ids)
    assert customer.states(ids[0]) == {"GENERATION_COMPLETED"}


def test_manifests_refused_whole(customer, tmp_path):
    service, maker = customer.service, customer.maker
    roots = maker.roots(3)
    assert maker.upload(roots)["new"] == 3
    assert maker.upload(roots)["known"] == 3
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    refused("ERR_CMS_SIGNER", ChipMaker(service, stranger, "stranger").upload, maker.roots(1))
    fresh = maker.roots(1)
    text = maker.text(fresh)
    bad = bytearray(maker.manifest(text))
    bad[-30] ^= 1
    refused("ERR_BAD_MAC", service.post, "/api/v1/roots-of-trust", data=bytes(bad))
    refused("ERR_BAD_CMS", service.post, "/api/v1/roots-of-trust", data=b"nonsense")
    conflict = {**fresh, next(iter(roots)): "11" * 32}
    problem = refused("ERR_ROOT_CONFLICT", maker.upload, conflict)
    assert next(iter(roots)) in problem.body["details"]
    for broken in (text.replace("count 1", "count 2"), text.replace("\nend\n", "\n"),
                   text.replace("mcxn947", "z80")):
        with pytest.raises(ApiError) as caught:
            service.post("/api/v1/roots-of-trust", data=maker.manifest(broken))
        assert caught.value.status in (400, 422), caught.value.body
    assert len(service.get("/api/v1/devices")["content"]) == 3
