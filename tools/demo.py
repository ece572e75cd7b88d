#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The main job, end to end, on virtual chips: ./dev demo

Starts the service, makes chips as a chip maker would, configures two products, provisions one chip
while you watch and the others in parallel, and then proves every chip by using its new key and by
booting (or refusing) signed images. Then devices that connect by themselves (tools/demo_cloud.py).
Exits 0 only if every check passes; writes build/demo/summary.json.
"""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["ENGRAVE_BUILD"] = str(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "gcc").resolve())

from tests.helpers import mcuboot_image  # noqa: E402
from tests.helpers.factory import ID_CERT, Factory, uuid_dec  # noqa: E402
from tests.helpers.paths import program  # noqa: E402
from tools import demo_cloud  # noqa: E402

CHIPS_PER_FAMILY = 4
PRODUCTS = (("mcxn947", 999340000274), ("rw612", 999340000612))
BOLD, DIM, RED, GREEN, PLAIN = ("\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[0m") \
    if sys.stdout.isatty() else ("",) * 5


def title(text):
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def echo(argv):
    """Show a command as a person would have typed it."""
    words = [str(a).replace(str(ROOT) + "/", "") for a in argv]
    print(f"{DIM}$ {' '.join(words)}{PLAIN}", flush=True)


def watch(factory, *args):
    """Run the command line tool with its output on the screen; its exit code."""
    echo(["engrave", *args])
    return subprocess.run([str(program("engrave")), *map(str, args)], check=False, timeout=300).returncode


def provision(factory):
    """One chip in front of the reader, the rest in parallel. Returns {uuid: result of `engrave host`}."""
    title("One chip, step by step")
    first, rest = factory.lines[0], factory.lines
    failed = watch(factory, "host", "provision", "-c", first.config, factory.target(first.uuids[0])) != 0
    results = {}
    title("The other seven, in parallel")
    for line in rest:
        targets = [factory.target(u) for u in line.uuids if (line, u) != (first, first.uuids[0])]
        done = factory.engrave("host", "provision", "--json", "--jobs", 4, "-c", line.config, *targets, check=False)
        for row in map(json.loads, done.stdout.splitlines()):
            results[row.get("uuid")] = row
        failed = failed or done.returncode != 0
        print(f"  {line.family}: {len(targets)} chips, exit {done.returncode}")
        if done.returncode != 0:
            print(done.stdout + done.stderr)
    return results, failed


def check_chain(factory, line, uuid):
    """Subject of the certificate on the chip, if openssl accepts its chain."""
    folder = factory.folder / "check"
    folder.mkdir(exist_ok=True)
    answer = factory.ask(uuid, {"op": "read", "key": ID_CERT})
    if answer["status"] != 0:
        return None
    leaf, chain = folder / "leaf.pem", folder / "chain.pem"
    subprocess.run(["openssl", "x509", "-inform", "DER", "-out", leaf], input=bytes.fromhex(answer["data"]),
                   check=True, capture_output=True)
    chain.write_text(factory.service.get(f"/api/v1/rtp/certificate-authorities/{line.ca}/chain"), encoding="ascii")
    good = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", chain, leaf], capture_output=True,
                          check=False).returncode == 0
    subject = subprocess.run(["openssl", "x509", "-in", leaf, "-noout", "-subject", "-nameopt", "RFC2253"],
                             capture_output=True, text=True, check=True).stdout.strip().removeprefix("subject=")
    return subject if good else None


def check_chip(factory, line, uuid):
    """One row of the table: what is in the chip, and whether its key works."""
    dump = factory.ask(uuid, {"op": "dump"}, "ctl")
    verify = factory.engrave("host", "verify", "--json", "-c", line.config, factory.target(uuid), check=False)
    subject = check_chain(factory, line, uuid)
    fused = dump["boot_key_hash"] == mcuboot_image.boot_key_hash(line.boot_key).hex()
    objects = len(factory.service.get(
        f"/api/v1/rtp/devices/{uuid_dec(uuid)}/secure-object-provisionings")["content"])
    return {"device": uuid, "family": line.family, "objects": objects, "subject": subject or "chain does not verify",
            "life_cycle": dump["life_cycle"], "boot_key_hash": dump["boot_key_hash"][:16] + "..",
            "verified": bool(verify.returncode == 0 and subject and fused and dump["life_cycle"] == "CLOSED")}


def check_boot(factory, line):
    """A chip boots an image signed by the fused key and refuses another one."""
    other, uuid = factory.folder / "other-key.pem", line.uuids[0]
    mcuboot_image.make_key(other)
    outcome = []
    for key, boots in ((other, False), (line.boot_key, True)):
        image = factory.folder / f"{key.stem}.img"
        image.write_bytes(mcuboot_image.sign_image(key, b"an application" * 64))
        boot = factory.load_image(uuid, image)
        print(f"  image signed by {key.stem}: {'boots' if boot['booted'] else 'refused'} ({boot['reason']})")
        outcome.append(boot["booted"] is boots)
    return all(outcome)


def table(rows):
    columns = ("device", "family", "objects", "subject", "life_cycle", "boot_key_hash", "verified")
    heads = ("device", "family", "objects", "certificate subject", "life cycle", "boot key hash", "verified")
    cells = [[("yes" if row[c] is True else "NO" if row[c] is False else str(row[c])) for c in columns] for row in rows]
    widths = [max(len(h), *(len(r[i]) for r in cells)) for i, h in enumerate(heads)]
    print(BOLD + "  ".join(h.ljust(w) for h, w in zip(heads, widths)) + PLAIN)
    for cell in cells:
        colour = GREEN if cell[-1] == "yes" else RED
        print("  ".join(c.ljust(w) for c, w in zip(cell[:-1], widths)) + f"  {colour}{cell[-1]}{PLAIN}")


def run(folder):
    start = time.monotonic()
    title("Service: database, vault key, TLS identity and admin key are made at first start")
    with Factory(folder, echo=echo) as factory:
        print(f"  {factory.service.process.ready_line}")
        title("Chip maker: chips with roots of trust; product, group, CA and objects at the service")
        for family, nc12 in PRODUCTS:
            factory.add_line(family, nc12, count=CHIPS_PER_FAMILY, quota=CHIPS_PER_FAMILY)
        title("Power on")
        factory.power_on()
        _, failed = provision(factory)
        title("Every chip, checked by using what it was given")
        rows = [check_chip(factory, line, uuid) for line in factory.lines for uuid in line.uuids]
        table(rows)
        title("The boot ROM of a closed chip")
        boots = check_boot(factory, factory.lines[0])
        line_s = round(time.monotonic() - start, 1)
        title(f"The field: {demo_cloud.DEVICES} devices that connect by themselves, a claim code for {demo_cloud.LIMIT}")
        cloud, field_good = demo_cloud.run(factory, lambda text: print(f"  {text}", flush=True))
    verified = sum(row["verified"] for row in rows)
    summary = {"flows": {"proxy": {"devices": len(rows), "verified": verified}, "cloud": cloud}, "boot": boots,
               "seconds": round(time.monotonic() - start, 1)}
    (folder.parent / "summary.json").write_text(json.dumps(summary) + "\n", encoding="ascii")
    title(f"{verified} of {len(rows)} chips verified on the line in {line_s} s, {cloud['verified']} of "
          f"{cloud['devices']} devices in the field, {cloud['refused']} refused (build/demo/summary.json)")
    line_good = not failed and boots and verified == len(rows) == CHIPS_PER_FAMILY * len(PRODUCTS)
    return 0 if line_good and field_good else 1


def main():
    folder = ROOT / "build" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return run(folder / "factory")


if __name__ == "__main__":
    sys.exit(main())
