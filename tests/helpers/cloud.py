# SPDX-License-Identifier: Apache-2.0
"""
The cloud flow in one folder: a service, chips whose roots of trust the test knows, a product with a group, and
peers of the device endpoint made from those roots.

    cloud = Cloud(folder)
    uuid = cloud.chips[0]
    agent = cloud.agent(uuid, code=cloud.claim_code(limit=3), tls="1.3")
    assert agent.run().exit == 0
"""
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from tests.helpers import claim_blob, nxp_agent, simulated_psa
from tests.helpers import protobuf as pb
from tests.helpers.chip_maker import ChipMaker, decimal
from tests.helpers.chip_objects import OPEN, ckdf, import_keys
from tests.helpers.service import Service

ID_KEY, ID_CERT, ID_AES = 0x1001, 0x1002, 0x1003


def psa_simul_text(family, uuid, die_key):
    """A root of trust as the simulated platform of NXP's agent takes it, for a chip that was never fused."""
    die = bytes.fromhex(die_key)
    kek, data, mac = import_keys(family, die, bytes(32), OPEN)
    connection = ckdf(ckdf(die, b"\0e2gpub_mk", 0x80010021), b"\0e2gcon_se", 0x84000021)
    return (f"keydata 3fff0201 00 060006ff 00003c00 {connection.hex()}\n"
            f"keydata 3fff0210 01 00000000 00000001 {kek.hex()}\n"
            f"keydata 3fff0211 01 04404000 00000200 {data.hex()}\n"
            f"keydata 3fff0212 01 03c00200 00000001 {mac.hex()}\n"
            f"keydata 3fff0220 40 00000000 00000000 {uuid}\n")


def certificates_of(pem):
    """The certificates of a PEM text, in order."""
    end = "-----END CERTIFICATE-----\n"
    return [load_pem_x509_certificate((part + end).encode()) for part in pem.split(end)[:-1]]


class Cloud:
    """One product, one group of the cloud flow with a key, its certificate and a data key."""

    def __init__(self, folder, family="rw612", count=1, database=None, extra=(), quota=None, env=None):
        self.family = family
        self.service = Service(folder / "service", database=database, extra=extra, env=env)
        self.nc12 = 999340002612
        s = self.service
        s.post("/api/v1/products", {"nc12": self.nc12, "name": "sensor", "family": family})
        self.group = s.post(f"/api/v1/products/{self.nc12}/device-groups",
                            {"deviceGroupName": "field", "flows": ["CLOUD"], "quota": quota})["id"]
        self.maker = ChipMaker(s, folder)
        self.maker.register()
        self.roots = self.maker.roots(count)
        self.chips = list(self.roots)
        self.maker.upload(self.roots, family)
        self.objects = {}
        self.endpoint = s.get("/api/v1/device-endpoint")

    # ---- configuration ---------------------------------------------------------------------------

    def path(self, rest=""):
        return f"/api/v1/products/{self.nc12}/device-groups/{self.group}{rest}"

    def create(self, name, kind, object_id, **members):
        """Create one secure object and assign it to the group; returns its id."""
        body = {"name": name, "secureObjectType": kind, "objectId": str(object_id), **members}
        made = self.service.post("/api/v1/rtp/secure-objects", body)["id"]
        self.service.post(f"/api/v1/rtp/secure-objects/{made}/assign-device-group", {"deviceGroupId": self.group})
        self.objects[name] = made
        return made

    def usual_objects(self):
        """A key pair, its certificate from a CA of the service, and a data key."""
        self.ca = self.service.post("/api/v1/rtp/intermediate-cas",
                                    {"name": "field devices", "algorithm": "NIST_P256", "requestType": "WITHOUT_CSR",
                                     "prefix": "field ", "includeAuthorityKeyIdentifier": True,
                                     "includeSubjectKeyIdentifier": True})["id"]
        pair = self.create("key", "KEYPAIR", ID_KEY, algorithm="NIST_P256")
        self.create("certificate", "CERTIFICATE", ID_CERT, keyPairId=pair, intermediateCaId=self.ca,
                    commonNamePrefix="device-", includeChain=False)
        self.create("data key", "MASTER_KEY", ID_AES, keySize="AES256")

    def claim_code(self, limit=0, **members):
        """The secret of a new claim code of the group."""
        body = {"name": f"code {len(self.objects)}-{limit}", "deviceLimit": limit, **members}
        return self.service.post(self.path("/claim-codes"), body)["secret"]

    def assign(self, *uuids):
        """Put devices into the group by their ids, as a line or portal would."""
        return self.service.post(self.path("/devices"), {"deviceIds": [decimal(u) for u in uuids]})

    # ---- peers -----------------------------------------------------------------------------------

    def keys_text(self, uuid):
        return psa_simul_text(self.family, uuid, self.roots[uuid])

    def connection(self, certificate, hostname=None, port=None):
        """Contents of a connection datastore that leads to this service, for a device with this certificate (DER)."""
        roots = b"".join(c.public_bytes(Encoding.DER)
                         for c in certificates_of(self.endpoint["roots"]))
        reference = pb.number(1, 21) + pb.number(2, nxp_agent.ID_KEYSTORE) + pb.number(3, simulated_psa.KEY_CONNECTION)
        return nxp_agent.container([pb.fixed64(1, 0) + pb.chunk(10, hostname or self.endpoint["hostname"]) +
                                    pb.number(11, port or self.endpoint["port"]) + pb.chunk(20, certificate) +
                                    pb.chunk(21, roots) + pb.chunk(52, reference)])

    def claim_blob(self, uuid, code):
        key = claim_blob.claim_public(bytes.fromhex(self.endpoint["claimKey"]))
        return claim_blob.make(key, bytes.fromhex(uuid), code.encode())

    def agent(self, uuid, code=None, tls="1.2", **more):
        """NXP's agent on this chip."""
        made = nxp_agent.NxpAgent(self.keys_text(uuid), self.connection, tls=tls, **more)
        if code is not None:
            made.set_claim_blob(self.claim_blob(uuid, code))
        return made

    def device(self, uuid):
        return self.service.get(f"/api/v1/devices/{decimal(uuid)}")

    def close(self):
        return self.service.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
