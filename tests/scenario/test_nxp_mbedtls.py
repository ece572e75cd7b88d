# SPDX-License-Identifier: Apache-2.0
"""Whole sessions of NXP's agent with the TLS library that it has: mbedTLS 2.28, set up as on a Cortex-M with TF-M."""
import base64

import pytest
from cryptography import x509

from tests.helpers.cloud import ID_AES, ID_CERT, ID_KEY, Cloud
from tests.helpers.mbedtls_line import mbedtls_agent
from tests.helpers.simulated_psa import CLAIM_OBJECT

FILES = [0x2000 + i for i in range(4)]
FILE_SIZE = 1500


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(tmp_path_factory):
    """A set of objects that takes many messages of a small device, and of any device more than 2048 bytes."""
    with Cloud(tmp_path_factory.mktemp("mbedtls"), count=8) as made:
        made.usual_objects()
        for number in FILES:
            text = base64.b64encode(number.to_bytes(2, "big") * (FILE_SIZE // 2)).decode()
            made.create(f"file {number:x}", "BINARY_FILE", number,
                        payload={"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": text})
        made.fresh = list(made.chips)
        yield made


def fresh(cloud, folder, fragment):
    """A chip that never connected, with a claim code of its own."""
    uuid = cloud.fresh.pop()
    return mbedtls_agent(cloud, uuid, folder, cloud.claim_code(name=uuid), fragment)


def whole(agent, outcome):
    assert (outcome.exit, outcome.log) == (0, ""), outcome
    assert sorted(agent.psa.objects) == [ID_KEY, ID_CERT, ID_AES, *FILES] and CLAIM_OBJECT not in agent.psa.objects
    assert all(len(agent.psa.objects[number]) == FILE_SIZE for number in FILES)


def test_the_handshake_of_a_cortex_m(cloud, tmp_path):
    agent = fresh(cloud, tmp_path, 0)
    outcome = agent.run()
    whole(agent, outcome)
    assert outcome.tls == "TLSv1.2" and agent.line.suite == "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256"
    assert agent.line.ticket_bytes == 0, "none is sent, though this client asks for one"
    assert agent.line.code == 0
    leaf, issuing = (x509.load_der_x509_certificate(der) for der in outcome.chain)
    assert leaf.issuer == issuing.subject
    assert outcome.largest > 2048, "the service makes use of a device that takes much"


@pytest.mark.parametrize("fragment", [2048, 4096])
def test_short_records(cloud, tmp_path, fragment):
    """The two lengths that the agent asks for. Its TLS puts no handshake message together from several records and
    the agent takes a partial write for an error: the chain must fit into a record, and all answers of one message."""
    agent = fresh(cloud, tmp_path, fragment)
    outcome = agent.run()
    assert agent.line is not None and agent.line.fragment == fragment, outcome
    whole(agent, outcome)
    assert sum(3 + len(der) for der in outcome.chain) + 7 <= 2048
    again = agent.run()
    assert again.exit == 0 and not again.imported


def test_short_records_and_small_buffers(cloud, tmp_path):
    agent = fresh(cloud, tmp_path, 2048)
    agent.response_buffer, agent.request_buffer = 1024, 2048
    outcome = agent.run()
    whole(agent, outcome)
    assert outcome.largest <= 2048 and len(outcome.batches) > len(FILES)
