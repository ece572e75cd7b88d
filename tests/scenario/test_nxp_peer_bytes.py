# SPDX-License-Identifier: Apache-2.0
"""The peer of the other tests is held to the recorded bytes of NXP's agent (tests/vectors/device-session.txt):
what it is fed there and what it answered, and blobs and a claim that the agent took or made."""
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import claim_blob, nxp_agent, simulated_psa
from tests.helpers import protobuf as pb
from tests.helpers.chip_objects import ckdf

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "device-session.txt"


def vectors():
    found = {}
    for line in VECTORS.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            name, value = line.split(None, 1)
            found[name] = value.replace(" ", "").lower()
    return found


V = vectors()


def keys_text(uuid="000102030405060708090a0b0c0d0e0f"):
    scalar = "11" * 32
    up = [bytes(range(start, start + 32)).hex() for start in (0, 0x20, 0x40)]
    return (f"keydata 3fff0201 00 060006ff 00003c00 {scalar}\nkeydata 3fff0210 01 00000000 00000001 {up[0]}\n"
            f"keydata 3fff0211 01 04404000 00000200 {up[1]}\nkeydata 3fff0212 01 03c00200 00000001 {up[2]}\n"
            f"keydata 3fff0220 40 00000000 00000000 {uuid}\n")


@pytest.fixture
def session():
    agent = nxp_agent.NxpAgent(keys_text(), b"")
    made = nxp_agent.Session(agent, [])
    made.crl_done = True
    return made


def answer(session, name):
    """What the peer answers to recorded bytes; the frame's own length is checked."""
    frame = bytes.fromhex(V[name])
    size, at = pb.read_varint(frame)
    assert len(frame) == at + size
    return session.message(frame[at:]).hex()


def test_hello_is_the_recorded_one_but_for_its_garbage(session):
    got = answer(session, "hello.request")
    want = V["hello.answer"].lower()
    assert len(got) == len(want)
    assert [g for g, w in zip(got, want) if w not in ("x", g)] == []


def test_version_claim_import_and_destroy_answers(session):
    assert answer(session, "version.request") == V["version.answer"].lower()
    read = pb.chunk(100, pb.chunk(60, bytes.fromhex(V["claim.request"])))
    message = pb.chunk(1, pb.number(1, 21) + pb.number(2, 0x70000010) + read)
    assert session.message(message).hex().endswith(V["claim.none"].lower())


@pytest.mark.parametrize("blob, key_id, value", [
    ("blob.aes", None, bytes(range(0x80, 0xA0))),
    ("blob.ecc", None, bytes.fromhex("8bdee332fcb095bf63f2e59ed5e3489d7befaeee226d310e84e052df221a1a25")),
    ("blob.data", None, b"hello, device")])
def test_blobs_the_agent_took(session, blob, key_id, value):
    psa = session.agent.psa
    data = bytes.fromhex(V[blob])
    key_id = int.from_bytes(dict(simulated_psa.tlvs(data))[0x41], "big")
    assert psa.import_key(data) == 0
    assert psa.objects[key_id] == value
    assert psa.import_key(data) == simulated_psa.ALREADY_EXISTS
    assert psa.destroy_key(key_id) == 0 and psa.destroy_key(key_id) == simulated_psa.DOES_NOT_EXIST
    assert psa.import_key(data[:-1] + bytes((data[-1] ^ 1,))) == simulated_psa.GENERIC_ERROR


def test_claim_blob_the_agent_made():
    key = ec.derive_private_key(int(V["claim.private"], 16), ec.SECP256R1())
    uuid, text = claim_blob.open_blob(key, bytes.fromhex(V["claim.blob"]))
    assert uuid == bytes(range(16)) and text == b"insert_claimcode_from_el2go"
    again = claim_blob.make(key.public_key(), uuid, text)
    assert claim_blob.open_blob(key, again) == (uuid, text)
    assert len(again) == len(bytes.fromhex(V["claim.blob"]))


def test_derivation():
    parent = bytes(range(32))
    assert claim_blob.derive(parent, b"CC_ENC", 0x20001080).hex() == V["ckdf.cc_enc"]
    assert ckdf(parent, b"\0e2giaut_sk\0", 0x40002021).hex() == V["ckdf.iaut"]


def test_empty_container():
    assert nxp_agent.EMPTY_CONTAINER.hex() == V["container.empty"]
    assert nxp_agent.descriptors(nxp_agent.EMPTY_CONTAINER) == []
    assert hashlib.sha256(nxp_agent.EMPTY_CONTAINER[32:]).digest() == nxp_agent.EMPTY_CONTAINER[:32]


def test_datastore_answers(session):
    store = session.agent.datastores[0]

    def ask(operation, **more):
        body = pb.number(1, operation)
        body += pb.number(2, more["offset"]) if "offset" in more else b""
        body += pb.number(3, more["length"]) if "length" in more else b""
        body += pb.chunk(10, more["data"]) if "data" in more else b""
        return session.message(pb.chunk(1, pb.number(1, 50) + pb.number(2, 0) +
                                        pb.chunk(100, pb.chunk(30, body)))).hex()

    assert ask(1, length=188) == "07" + V["datastore.ok"].lower()
    assert ask(3, offset=0, data=bytes(100)) == "07" + V["datastore.ok"].lower()
    assert ask(3, offset=100, data=bytes(88)) == "07" + V["datastore.ok"].lower()
    assert ask(4) == "07" + V["datastore.ok"].lower()
    assert len(store.live) == 188
    read = ask(2, offset=0, length=188)
    assert read.removeprefix("d101") == V["datastore.read188"].lower() + "00" * 188
    with pytest.raises(nxp_agent.SessionEnd):
        ask(4)
    store.live = bytearray(5000)
    with pytest.raises(nxp_agent.SessionEnd):
        ask(2, offset=0, length=5000)


def test_certificate_has_the_documented_shape(session):
    from cryptography import x509
    cert = x509.load_pem_x509_certificate(session.agent.certificate()[0])
    assert cert.serial_number == 1 and cert.subject == cert.issuer and len(cert.extensions) == 1
    assert cert.subject.rfc4514_string().endswith("O=NXP")
    assert cert.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)[0].value == bytes(range(16)).hex().upper()
    assert b"99991231235959Z" in cert.tbs_certificate_bytes
