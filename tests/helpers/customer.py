# SPDX-License-Identifier: Apache-2.0
"""What an OEM sets up over the REST API: product, group, CA, objects."""
import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.helpers.chip_maker import ChipMaker, decimal, seal

NC12 = 935000000012
ID_RKTH, ID_DECRYPT_KEY, ID_FUSES = 0x7FFF817A, 0x7FFF817B, 0x7FFF817C


class Customer:
    """A product with one group; objects are added as a test needs them."""

    def __init__(self, service, folder, family="mcxn947", nc12=NC12, maker="chip maker", **group):
        self.service, self.folder, self.family, self.nc12 = service, folder, family, nc12
        self.maker = ChipMaker(service, folder, maker)
        self.maker.register()
        service.post("/api/v1/products", {"nc12": nc12, "name": "board", "family": family})
        self.group = self.add_group("line", **group)
        self.names = 0

    def add_group(self, name, **more):
        return self.service.post(f"/api/v1/products/{self.nc12}/device-groups",
                                 {"deviceGroupName": name, **more})["id"]

    def path(self, rest="", group=None):
        return f"/api/v1/products/{self.nc12}/device-groups/{group or self.group}{rest}"

    def chips(self, count):
        """New chips known to the service; their decimal ids."""
        roots = self.maker.roots(count)
        self.maker.upload(roots, self.family)
        return [decimal(u) for u in roots]

    def define(self, kind, object_id, **more):
        """A secure object; returns its id."""
        self.names += 1
        body = {"name": f"{kind.lower()} {self.names}", "secureObjectType": kind,
                "objectId": str(object_id), **more}
        return self.service.post("/api/v1/rtp/secure-objects", body)["id"]

    def assign(self, object_id, group=None):
        self.service.post(f"/api/v1/rtp/secure-objects/{object_id}/assign-device-group",
                          {"deviceGroupId": group or self.group})

    def add(self, kind, object_id, **more):
        made = self.define(kind, object_id, **more)
        self.assign(made)
        return made

    def add_boot_key_hash(self):
        """The hash of a new signing key, with that key as evidence."""
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        value = base64.b64encode(hashlib.sha256(spki).digest()).decode()
        return self.add("OEM_FW_AUTH_KEY_HASH", ID_RKTH, binaryFile=value, signingPublicKeys=[pem])

    def add_identity(self, algorithm="NIST_P256", **certificate):
        """Key pair, CA and certificate; returns (key pair, CA, certificate)."""
        pair = self.add("KEYPAIR", 0x1001, algorithm=algorithm)
        ca = self.service.post("/api/v1/rtp/intermediate-cas",
                               {"name": f"Line CA {pair}", "algorithm": "NIST_P256"})["id"]
        return pair, ca, self.add("CERTIFICATE", 0x1002, keyPairId=pair, intermediateCaId=ca,
                                  **certificate)

    def sealed(self, purpose, value, company=None):
        """A secret as the customer seals it: base64 of the CMS message."""
        recipient = self.folder / "secret-recipient.pem"
        recipient.write_text(self.service.get("/api/v1/rtp/secret-import-certificate"))
        company = company or self.service.get("/api/v1/company")["name"]
        text = (f"Engrave-Secret: 1\nCompany: {company}\nPurpose: {purpose}\n"
                f"Value: {base64.b64encode(value).decode()}\n")
        return base64.b64encode(seal(text.encode(), recipient)).decode()

    def claim(self, ids, group=None):
        return self.service.post(self.path("/devices", group), {"deviceIds": ids})

    def status(self, device, **query):
        return self.service.get(f"/api/v1/rtp/devices/{device}/secure-object-provisionings",
                                **query)["content"]

    def states(self, device, wait=20):
        return {entry["provisioningState"] for entry in self.status(device, wait=wait)}

    def download(self, ids, group=None):
        return self.service.post(
            f"/api/v1/rtp/device-groups/{group or self.group}/devices/download-provisionings",
            {"deviceIds": ids})

    def objects(self, device):
        """Objects of one device by type."""
        (entry,) = self.download([device])
        return {p["secureObject"]["type"]: p for p in entry["rtpProvisionings"]}

    def blobs(self, device):
        return {kind: p["apdus"]["createApdu"]["apdu"] for kind, p in self.objects(device).items()}
