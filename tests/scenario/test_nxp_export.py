# SPDX-License-Identifier: Apache-2.0
"""`engrave fab export --psa-simul` end to end, as docs/guide/nxp-agent.md has it: its two files are all that NXP's
agent gets to know of chip and service; no key is derived here."""
import subprocess

import pytest

from tests.helpers import claim_blob
from tests.helpers.agent_device import VirtualChips
from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.nxp_agent import NxpAgent
from tests.helpers.paths import program


def export(chip, out, *reach):
    """Keys and connection datastore of a chip."""
    subprocess.run([str(a) for a in (program("engrave"), "fab", "export", "--psa-simul", *reach, chip, "--out", out)],
                   check=True, capture_output=True, timeout=60)
    keys, store = out / "keys.txt", out / "edgelock2go_datastore.bin.0"
    assert sorted(out.iterdir()) == [store, keys] and keys.stat().st_mode & 0o077 == 0
    return keys.read_text(encoding="ascii"), store.read_bytes()


def claim(cloud, agent, code):
    """As the platform does: the code sealed to the service's claim key, by the chip."""
    key = claim_blob.claim_public(bytes.fromhex(cloud.endpoint["claimKey"]))
    agent.set_claim_blob(claim_blob.make(key, agent.psa.uuid, code.encode()))


@pytest.mark.parametrize("family", ["mcxn947", "rw612"])
def test_two_files_make_a_whole_session(tmp_path, family):
    with Cloud(tmp_path, family=family) as cloud:
        cloud.usual_objects()
        with VirtualChips(cloud, tmp_path / "made", 2) as made:
            uuids = made.uuids
        reach = [["--url", cloud.service.url, "--data", cloud.service.data], made.reach]
        for uuid, how, tls in zip(uuids, reach, ("1.2", "1.3")):
            out = tmp_path / f"agent-{uuid}"
            keys, store = export(made.folder / "chips" / f"{uuid}.chip", out, *how)
            agent = NxpAgent(keys, store, tls=tls)
            assert agent.psa.uuid.hex() == uuid
            claim(cloud, agent, cloud.claim_code(name=uuid))
            outcome = agent.run()
            assert (outcome.exit, outcome.log) == (0, ""), outcome
            assert sorted(agent.psa.objects) == [ID_KEY, ID_CERT, ID_AES]
            assert cloud.device(uuid)["cloud"]["upToDate"]
            assert agent.run().exit == 0


def test_a_member_needs_no_code(tmp_path):
    with Cloud(tmp_path, family="rw612") as cloud:
        cloud.usual_objects()
        with VirtualChips(cloud, tmp_path / "made", 1) as made:
            uuid, = made.uuids
        cloud.assign(uuid)
        agent = NxpAgent(*export(made.folder / "chips" / f"{uuid}.chip", tmp_path / "agent", *made.reach))
        assert agent.run().exit == 0 and sorted(agent.psa.objects) == [ID_KEY, ID_CERT, ID_AES]
