# SPDX-License-Identifier: Apache-2.0
"""
A whole factory in one folder: service, chip maker, products, virtual chips and a line.

    with Factory(folder) as f:
        mcx = f.add_line("mcxn947", nc12=999340000274, count=4)
        f.power_on()
        f.engrave("host", "provision", "-c", mcx.config, f.target(uuid))

The demo, the acceptance tests and the benchmarks stand on this one; everything goes through the
programs and the REST API as a user's would.
"""
import base64
import json
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers import mcuboot_image
from tests.helpers.paths import program
from tests.helpers.process import Process
from tests.helpers.service import Service

ID_RKTH, ID_DECRYPT_KEY, ID_FUSES = 0x7FFF817A, 0x7FFF817B, 0x7FFF817C
ID_KEY, ID_CERT, ID_AES = 0x1001, 0x1002, 0x1003

# secure_objects_address of the line's configuration
EXTERNAL_ADDRESS = {"mcxn947": 0x001C0000, "rw612": 0x084B0000, "kw45b41z8": 0x000D8000, "mimx9352": 0x82000000}
EL2GO_NAME = {"mcxn947": "MCXN", "rw612": "RW6", "kw45b41z8": "KW", "mimx9352": "IMX9"}
# What a family's configuration has beyond what all have.
CONFIG_MORE = {"mimx9352": "fatwrite_filename: assets.bin\nboot_linux: true\nlinux_boot_sequence:\n"
                           "  - setenv mmcdev 0\n  - run loadimage\n  - run loadfdt\n  - run bsp_bootcmd\n"}
# A fuse configuration with one harmless word, by family.
FUSES = {"mcxn947": "4002001e410409d11411", "rw612": "4002000f410409d11411", "kw45b41z8": "40020028410409d11411",
         "mimx9352": "40020014410409d11411"}
# Families whose limit of one object has room for a leaf, but not for the chain behind it.
LEAF_ONLY = {"kw45b41z8"}


@dataclass
class Line:
    """One product with its group, objects, chips and the configuration of its line."""
    family: str
    nc12: int
    group: int
    config: Path
    chips: Path
    boot_key: Path
    objects: dict = field(default_factory=dict)  # name -> id of the secure object
    ca: int = 0
    uuids: list = field(default_factory=list)    # 32 hex digits each

    def path(self, rest=""):
        return f"/api/v1/products/{self.nc12}/device-groups/{self.group}{rest}"


class Factory:
    """`echo` is called with every command line that a person would have typed."""

    def __init__(self, folder, database=None, echo=None, env=None, extra=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.echo = echo or (lambda argv: None)
        self.service = Service(self.folder / "service", database=database, env=env, extra=extra)
        self.run_dir = self.folder / "run"
        self.maker = self.folder / "chip-maker"
        self.lines = []
        self.vchips = []

    # ---- programs ----------------------------------------------------------------------------

    def engrave(self, *args, check=True, stdin=None):
        """Run the command line tool; returns the finished process (text)."""
        argv = [str(a) for a in args]
        self.echo(["engrave", *argv])
        done = subprocess.run([str(program("engrave")), *argv], input=stdin, capture_output=True, text=True,
                              timeout=600, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"engrave {' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def power_on(self, lines=None):
        """Start the virtual chips of all lines; returns when every one is up."""
        self.run_dir.mkdir(exist_ok=True)
        for line in lines or self.lines:
            argv = [program("engrave-vchip"), "--chips", line.chips, "--run", self.run_dir]
            self.echo(["engrave-vchip", "--chips", line.chips, "--run", self.run_dir])
            self.vchips.append(Process(argv, self.folder / f"vchip-{line.family}.log", ready="ready"))

    def power_off(self):
        for chip in self.vchips:
            chip.stop()
        self.vchips = []

    def target(self, uuid):
        return f"vchip:{self.run_dir}/{uuid}"

    def tty(self, uuid):
        return self.run_dir / f"{uuid}.tty"

    def ask(self, uuid, request, kind="app"):
        """One request to a chip's application (app) or control (ctl) socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(str(self.run_dir / f"{uuid}.{kind}"))
            s.sendall(json.dumps(request).encode() + b"\n")
            data = b""
            while not data.endswith(b"\n"):
                more = s.recv(65536)
                if not more:
                    break
                data += more
        return json.loads(data)

    def load_image(self, uuid, image):
        """Put an application image into a chip's flash and reset it; returns what the boot ROM did."""
        assert self.ask(uuid, {"op": "load-image", "file": str(image)}, "ctl")["status"] == 0
        assert self.ask(uuid, {"op": "reset"}, "ctl")["status"] == 0
        return self.ask(uuid, {"op": "dump"}, "ctl")["boot"]

    # ---- configuration ---------------------------------------------------------------------------

    def add_line(self, family, nc12, count, quota=None, life_cycle="CLOSED", manifest_only=False,
                 file_chips=True):
        """Product, group, objects, assignment, chips and their roots of trust."""
        folder = self.folder / family
        folder.mkdir()
        s = self.service
        s.post("/api/v1/products", {"nc12": nc12, "name": f"demo {family}", "family": family})
        group = s.post(f"/api/v1/products/{nc12}/device-groups",
                       {"deviceGroupName": f"{family} line", "lifeCycle": life_cycle, "quota": quota})["id"]
        line = Line(family, nc12, group, folder / "line.yaml", folder / "chips", folder / "boot-key.pem")
        mcuboot_image.make_key(line.boot_key)
        self.write_config(line)
        self._make_objects(line)
        if file_chips:
            self.make_chips(line, count, manifest_only)
        self.lines.append(line)
        return line

    def write_config(self, line):
        """The YAML that both `engrave host` and el2go-host read."""
        firmware = line.config.parent / "provisioning-firmware.bin"
        firmware.write_bytes(b"provisioning firmware of the virtual chip".ljust(1024, b"\0"))
        line.config.write_text(
            f"family: {line.family}\n"
            f"url: {self.service.url}\n"
            f"api_key: {self.service.data / 'admin.key'}\n"
            f"ca_file: {self.service.ca_file}\n"
            f"device_group_id: {line.group}\n"
            f"nc12: {line.nc12}\n"
            f"secure_objects_address: {EXTERNAL_ADDRESS[line.family]:#x}\n"
            f"prov_fw_path: {firmware}\n"
            "delay: 1\n" + CONFIG_MORE.get(line.family, ""), encoding="ascii")

    def make_chips(self, line, count, manifest_only=False, name="manifest.cms"):
        """What the chip maker does: make chips, hand their roots of trust to the service."""
        cert = self.folder / "roots-of-trust.pem"
        cert.write_text(self.service.get("/api/v1/roots-of-trust/certificate"), encoding="ascii")
        # One chip maker for all families, so the signer's key lives beside the families' folders.
        first = not (self.maker / "signer.pem").exists()
        self.maker.mkdir(exist_ok=True)
        more = ["--manifest-only"] if manifest_only else []
        manifest = line.chips / name
        self.engrave("fab", "make", "--family", line.family, "--count", count, "--dir", line.chips,
                     "--service-cert", cert, "--signer-key", self.maker / "signer.key",
                     "--signer-cert", self.maker / "signer.pem", "--manifest", manifest, *more)
        if first:
            self.engrave("fab", "enroll", "-c", line.config, self.maker / "signer.pem", "--name", "chip maker")
        self.engrave("fab", "upload", "-c", line.config, manifest)
        line.uuids = sorted(p.stem for p in line.chips.glob("*.chip"))

    # ---- secure objects ----------------------------------------------------------------------------

    def create(self, line, name, kind, object_id, assign=True, **members):
        """Create one secure object and assign it to the line's group; returns its id."""
        body = {"name": name, "secureObjectType": kind, "objectId": str(object_id), **members}
        made = self.service.post("/api/v1/rtp/secure-objects", body)["id"]
        line.objects[name] = made
        if assign:
            self.service.post(f"/api/v1/rtp/secure-objects/{made}/assign-device-group",
                              {"deviceGroupId": line.group,
                               "productHardwareFamilyType": EL2GO_NAME[line.family]})
        return made

    def seal_secret(self, purpose, value):
        """What a customer does with a secret of his own: seal it to the vault."""
        cert = self.folder / "secret-import.pem"
        cert.write_text(self.service.get("/api/v1/rtp/secret-import-certificate"), encoding="ascii")
        plain = self.folder / "secret.bin"
        out = self.folder / "secret.cms"
        plain.write_bytes(value)
        try:
            self.engrave("secret", "seal", "--cert", cert, "--company", "default", "--purpose", purpose,
                         "--in", plain, "-o", out)
        finally:
            plain.unlink()
        return base64.b64encode(out.read_bytes()).decode()

    def _make_objects(self, line):
        rkth = mcuboot_image.boot_key_hash(line.boot_key)
        line.ca = self.service.post("/api/v1/rtp/intermediate-cas",
                                    {"name": f"{line.family} devices", "algorithm": "NIST_P256",
                                     "requestType": "WITHOUT_CSR", "prefix": f"{line.family} ",
                                     "includeAuthorityKeyIdentifier": True,
                                     "includeSubjectKeyIdentifier": True})["id"]
        self.create(line, f"{line.family} boot key hash", "OEM_FW_AUTH_KEY_HASH", ID_RKTH,
                    binaryFile=base64.b64encode(rkth).decode(),
                    signingPublicKeys=[mcuboot_image.public_pem(line.boot_key)])
        if line.family == "rw612":  # which provisions with nothing less
            self.add_fuse_objects(line)
        pair = self.create(line, f"{line.family} key", "KEYPAIR", ID_KEY, algorithm="NIST_P256")
        self.create(line, f"{line.family} certificate", "CERTIFICATE", ID_CERT, keyPairId=pair,
                    intermediateCaId=line.ca, commonNamePrefix="device-",
                    includeChain=line.family not in LEAF_ONLY,
                    certificateValidity={"validityType": "DATE",
                                         "validityNotBefore": "2026-01-01T00:00:00.000Z",
                                         "validityNotAfter": "2035-12-31T23:59:00.000Z"})
        self.create(line, f"{line.family} data key", "MASTER_KEY", ID_AES, keySize="AES256")

    def add_fuse_objects(self, line):
        """What is burned beside the boot key hash: firmware decryption key and fuse configuration."""
        self.create(line, f"{line.family} firmware key", "OEM_FW_DECRYPT_KEY", ID_DECRYPT_KEY, keySize="AES256",
                    cmsEncryptedKey=self.seal_secret("OEM_FW_DECRYPT_KEY", bytes(range(32))))
        self.create(line, f"{line.family} fuses", "BINARY_FILE", ID_FUSES,
                    payload={"binaryFileType": "NON_CONFIDENTIAL",
                             "binaryFile": base64.b64encode(bytes.fromhex(FUSES[line.family])).decode()})

    # ---- life ------------------------------------------------------------------------------------

    def close(self):
        self.power_off()
        if self.service.process.alive():
            self.service.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def uuid_dec(uuid_hex):
    """A device id as the API writes it."""
    return str(int(uuid_hex, 16))


if __name__ == "__main__":
    sys.exit("a library, not a program")
