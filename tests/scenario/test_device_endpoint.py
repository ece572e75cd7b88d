# SPDX-License-Identifier: Apache-2.0
"""The device endpoint against every kind of peer: right ones, wrong ones, broken ones, silent ones, many at once."""
import json
import secrets
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers import protobuf as pb
from tests.helpers.chip_maker import decimal
from tests.helpers.cloud import Cloud
from tests.helpers.paths import program
from tests.helpers.preload import Clock

DAY_S = 86400
SUCCESS, SNI_MISSING, SNI_INVALID, NOT_WHITELISTED = 0x01, 0x32, 0x33, 0x35
HELLO_START = bytes.fromhex("170a15")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """One service for all peers of this file; it must still be well at the end."""
    folder = tmp_path_factory.mktemp("endpoint")
    config = folder / "engraved.ini"
    config.write_text("[device]\nrate_limit = 0\n", encoding="ascii")  # all peers have one address
    with Cloud(folder, count=4, extra=["--config", config]) as running:
        running.usual_objects()
        running.assign(*running.chips[:2])
        yield running
        assert running.service.process.alive()
        assert running.close() == 0, running.service.process.log_text()[-4000:]


@pytest.fixture
def member(cloud):
    """An agent on a chip that is in the group."""
    return cloud.agent(cloud.chips[0])


def dial(cloud, agent=None, sni="localhost", version=None, alpn=None):
    """A TLS connection with the agent's certificate (None: without one); the service's chain is checked."""
    ctx = ssl.create_default_context(cadata=cloud.endpoint["roots"])
    ctx.check_hostname = sni == "localhost"
    if agent is not None:
        ctx = agent.context(agent.connection()[2]) if version is None else ctx
        ctx.check_hostname = sni == "localhost"
    if version is not None:
        ctx.minimum_version = ctx.maximum_version = version
    if alpn:
        ctx.set_alpn_protocols(alpn)
    raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
    return ctx.wrap_socket(raw, server_hostname=sni)


def read_all(tls):
    """What comes until the other end closes."""
    data = b""
    try:
        while more := tls.recv(65536):
            data += more
    except (ssl.SSLError, ConnectionResetError):
        pass
    return data


def goodbye_status(data):
    """UpdateStatus of a frame that holds one goodbye."""
    size, at = pb.read_varint(data)
    assert len(data) == at + size, data.hex()
    value = data[at:]
    for number in (1, 100, 2, 1, 1):
        value = dict(pb.fields(value))[number]
    return value


def pem_chain(cloud):
    """What the endpoint shows: server certificate, issuing CA."""
    parts = (cloud.service.data / "device" / "server.pem").read_bytes().split(b"-----BEGIN")[1:]
    return [x509.load_pem_x509_certificate(b"-----BEGIN" + part) for part in parts]


# ---- right peers ---------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_whole_session(cloud, version):
    agent = cloud.agent(cloud.chips[0], tls=version)
    outcome = agent.run()
    assert (outcome.exit in (0, 255), outcome.tls) == (True, f"TLSv{version}"), outcome
    shown = cloud.device(cloud.chips[0])
    assert shown["cloud"]["updateStatus"] == "SUCCESS", shown["cloud"]


def test_identity(cloud, member):
    """Root (P-384), issuing CA (P-384), server (P-256) with the name; files as documented."""
    folder = cloud.service.data / "device"
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    leaf, issuing = pem_chain(cloud)
    root = x509.load_pem_x509_certificate(cloud.endpoint["roots"].encode())
    for below, above in ((issuing, root), (leaf, issuing)):
        above.public_key().verify(below.signature, below.tbs_certificate_bytes, ec.ECDSA(below.signature_hash_algorithm))
    assert {type(c.public_key().curve) for c in (root, issuing)} == {ec.SECP384R1}
    assert isinstance(leaf.public_key().curve, ec.SECP256R1)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    with dial(cloud, member) as tls:
        chain = tls._sslobj.get_unverified_chain()
        assert [c.public_bytes(2) for c in chain] == [c.public_bytes(serialization.Encoding.DER)
                                                      for c in (leaf, issuing)]


def test_tickets_only_for_our_own_agent(cloud, member):
    context = member.context(member.connection()[2])
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    seen = []
    for alpn in ([], ["http/1.1"], ["http/1.1", "engrave-agent/1"]):
        if alpn:
            context.set_alpn_protocols(alpn)
        raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
        with context.wrap_socket(raw, server_hostname="LocalHost") as tls:
            assert tls.recv(3) == HELLO_START
            seen.append((tls.selected_alpn_protocol(), tls.session.has_ticket))
            session = tls.session
    assert seen == [(None, False), (None, False), ("engrave-agent/1", True)]
    raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
    with context.wrap_socket(raw, server_hostname="localhost", session=session) as tls:
        assert tls.recv(3) == HELLO_START and tls.session_reused
    context.options |= ssl.OP_NO_TICKET  # ours, too, must ask
    raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
    with context.wrap_socket(raw, server_hostname="localhost") as tls:
        assert tls.recv(3) == HELLO_START
        assert (tls.selected_alpn_protocol(), tls.session.has_ticket) == ("engrave-agent/1", False)


def test_maximum_fragment_length(cloud, member, tmp_path):
    """A device with small records (RFC 6066) gets none that is larger."""
    cert, key = member.certificate()
    (tmp_path / "c.pem").write_bytes(cert + key)
    for version in ("-tls1_2", "-tls1_3"):
        argv = ["openssl", "s_client", "-connect", f"localhost:{cloud.endpoint['port']}", version, "-servername",
                "localhost", "-cert", tmp_path / "c.pem", "-key", tmp_path / "c.pem", "-maxfraglen", "1024", "-quiet"]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
            assert client.stdout.read(3) == HELLO_START
            client.kill()


# ---- wrong peers ---------------------------------------------------------------------------------

@pytest.mark.parametrize("sni,status", [(None, SNI_MISSING), ("other.example", SNI_INVALID)])
def test_wrong_host_name(cloud, member, sni, status):
    with dial(cloud, member, sni=sni) as tls:
        assert goodbye_status(tls.recv(200)) == status


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_client_certificate(cloud, version):
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        with dial(cloud, version=version) as tls:
            tls.recv(1)


def test_old_tls(cloud):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
    ctx.set_ciphers("ALL:@SECLEVEL=0")
    ctx.minimum_version = ctx.maximum_version = ssl.TLSVersion.TLSv1_1
    raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
    with pytest.raises(ssl.SSLError), ctx.wrap_socket(raw, server_hostname="localhost"):
        pass


class Stranger:
    """An agent whose certificate is something else."""

    def __init__(self, member, tmp_path, key=None, uuid=None, cn="NXP_DIE_ID_AUTH"):
        self.member, self.file = member, tmp_path / "stranger.pem"
        key = key or ec.generate_private_key(ec.SECP256R1())
        names = [("2.5.4.10", "NXP"), ("2.5.4.11", "Plug and Trust"), ("2.5.4.3", cn)]
        names += [("2.5.4.5", uuid)] if uuid else []
        name = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(o), v) for o, v in names])
        like = x509.load_pem_x509_certificate(member.certificate()[0])
        cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(1).not_valid_before(like.not_valid_before).not_valid_after(like.not_valid_after)
                .add_extension(like.extensions[0].value, critical=True).sign(key, hashes.SHA256()))
        self.file.write_bytes(cert.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def connection(self):
        return self.member.connection()

    def context(self, roots):
        ctx = self.member.context(roots)
        ctx.load_cert_chain(self.file)
        return ctx


def test_suspected_counterfeits(cloud, member, tmp_path):
    """Another key for a known UUID, a UUID nobody knows, other shapes: 0x35 and an alarm with the evidence."""
    known = cloud.chips[0].upper()
    strangers = {"wrong key": {"uuid": known},
                 "unknown root": {"uuid": secrets.token_hex(16).upper()},
                 "no UUID": {}, "other name": {"uuid": known, "cn": "NXP_DIE_ID"},
                 "lower case": {"uuid": "AB" + secrets.token_hex(15) if known.islower() else "ab" * 16},
                 "other curve": {"uuid": known, "key": ec.generate_private_key(ec.SECP384R1())}}
    for name, how in strangers.items():
        with dial(cloud, Stranger(member, tmp_path, **how)) as tls:
            assert goodbye_status(tls.recv(200)) == NOT_WHITELISTED, name
    assert member.run().messages > 1  # the real one is not touched by that


def test_counts_what_it_sees(cloud, member, tmp_path):
    """GET /api/v1/device-endpoint says how many of each kind came."""
    def counters():
        return cloud.service.get("/api/v1/device-endpoint")["counters"]

    before = counters()
    for how in ({"sni": None}, {"sni": "other.example"}):
        with dial(cloud, member, **how) as tls:
            tls.recv(200)
    with dial(cloud, Stranger(member, tmp_path)) as tls:
        tls.recv(200)
    test_no_client_certificate(cloud, ssl.TLSVersion.TLSv1_2)
    member.run()
    with dial(cloud, member) as tls:
        tls.recv(1)
    expected = {"accepted": 6, "handshakes": 5, "handshakesFailed": 1, "noCertificate": 1, "sniMissing": 1,
                "sniWrong": 1, "malformed": 1, "refused": 3, "sessions": 1, "broken": 1, "resumed": 0, "turnedAway": 0}
    assert wait_for(lambda: {k: v - before[k] for k, v in counters().items() if k in expected} == expected), counters()


# ---- broken peers --------------------------------------------------------------------------------

GARBAGE = {
    "endless prefix": b"\xff" * 12,
    "too long": b"\xff\xff\xff\x7f",
    "no message": b"\x05hello",
    "an empty answer": b"\x00",
    "an answer to something else": b"\x04\x0a\x02\x1a\x00",
    "two frames at once": b"\x04\x0a\x02\x1a\x00\x04\x0a\x02\x1a\x00",
    "much": secrets.token_bytes(200000),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_costs_its_connection(cloud, member, what):
    with dial(cloud, member) as tls:
        assert tls.recv(3) == HELLO_START
        try:
            tls.sendall(GARBAGE[what])
        except (ssl.SSLError, ConnectionError):
            pass
        read_all(tls)  # until the service closes, which it does at once
    assert member.run().messages > 1


def test_no_tls_at_all(cloud, member):
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", secrets.token_bytes(5000)):
        with socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20) as raw:
            raw.sendall(data)
            try:
                while raw.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    assert member.run().messages > 1


def test_slow_peer(cloud, member):
    """A frame that comes byte by byte, each in a record of its own."""
    with dial(cloud, member) as tls:
        first = tls.recv(100)
        size, at = pb.read_varint(first)
        assert len(first) == at + size
        hello = bytes.fromhex("0a0d0a0b0d000106001080202801")
        for byte in bytes([len(hello)]) + hello:
            tls.sendall(bytes([byte]))
        assert read_all(tls) or True  # no endpoints, so nothing is asked of it: the session goes on to its end
    assert cloud.service.process.alive()


def test_silent_peers_hold_up_nobody(cloud, member):
    silent = [socket.create_connection(("127.0.0.1", cloud.endpoint["port"])) for _ in range(100)]
    past = [dial(cloud, member) for _ in range(10)]
    begin = time.monotonic()
    assert member.run().messages > 1
    assert time.monotonic() - begin < 10
    for connection in silent + past:
        connection.close()


# ---- many ----------------------------------------------------------------------------------------

def test_500_at_the_same_time(cloud, tmp_path):
    """First sessions of 500 devices, all connected at once; each ends with SUCCESS and each object is stored once."""
    roots = cloud.maker.roots(500)
    cloud.maker.upload(roots, cloud.family)
    cloud.assign(*roots)
    devices = tmp_path / "devices.txt"
    devices.write_text("".join(f"{u} {k}\n" for u, k in roots.items()), encoding="ascii")
    argv = [program("bench_session"), "load", "--devices", devices, "--port", cloud.endpoint["port"],
            "--sessions", 1000, "--parallel", 500]
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout)
    assert (told["sessions"], told["succeeded"], told["failed"]) == (1000, 1000, 0), told
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(cloud.device, list(roots)[:50]))
    assert {d["cloud"]["updateStatus"] for d in shown} == {"SUCCESS"}
    assert {len(d["objects"]) for d in shown} == {3}


# ---- the service itself --------------------------------------------------------------------------

def test_public_listener(cloud):
    """CRLs and CA certificates for strangers over plain HTTP; nothing else."""
    url = cloud.endpoint["publicUrl"]
    assert url == cloud.service.public_url
    issuing = pem_chain(cloud)[1]
    found = [number for number in range(1, 9)
             if requests.get(f"{url}/api/v1/ca/{number}.crt", timeout=10).content ==
             issuing.public_bytes(serialization.Encoding.DER)]
    assert len(found) == 1
    crl = x509.load_der_x509_crl(requests.get(f"{url}/api/v1/crl/{found[0]}.crl", timeout=10).content)
    assert crl.is_signature_valid(issuing.public_key())
    key = {"EL2G-API-Key": cloud.service.key}
    for path in ("/", "/healthz", "/api/v1/company", "/api/v1/device-endpoint", "/api/v1/devices", "/metrics"):
        assert requests.get(url + path, headers=key, timeout=10).status_code == 404, path
    assert requests.post(f"{url}/api/v1/crl/{found[0]}.crl", timeout=10).status_code == 405


def test_renews_its_certificate_while_it_runs(tmp_path):
    """61 of 90 days later: the next session still works, and the one after it sees the new certificate."""
    clock = Clock(tmp_path / "clock")
    with Cloud(tmp_path, env=clock.env) as cloud:
        cloud.assign(cloud.chips[0])
        agent = cloud.agent(cloud.chips[0])
        pem = cloud.service.data / "device" / "server.pem"
        first = pem.read_bytes()
        assert agent.run().messages > 1
        assert pem.read_bytes() == first
        clock.jump(61 * DAY_S)
        with dial(cloud, agent) as tls:
            assert tls.recv(3) == HELLO_START
        assert wait_for(lambda: pem.read_bytes() != first)
        ctx = agent.context(agent.connection()[2])
        ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE  # by our clock it is not valid yet
        raw = socket.create_connection(("127.0.0.1", cloud.endpoint["port"]), timeout=20)
        with ctx.wrap_socket(raw, server_hostname="localhost") as tls:
            shown = tls._sslobj.get_unverified_chain()[0].public_bytes(2)
        assert shown == x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(serialization.Encoding.DER)


def test_keeps_serving_when_the_clock_goes_back(tmp_path):
    """A certificate that is not valid yet is better than no endpoint; it comes right with the clock."""
    clock = Clock(tmp_path / "clock")
    with Cloud(tmp_path, env=clock.env) as cloud:
        cloud.service.kill()
        clock.jump(-365 * DAY_S)
        cloud.service.start()
        agent = cloud.agent(cloud.chips[0])
        with dial(cloud, agent) as tls:
            assert tls.recv(3)
        cloud.service.kill()
        clock.jump(0)
        cloud.service.start()
        with dial(cloud, agent) as tls:
            assert tls.recv(3)


def test_can_be_turned_off(tmp_path):
    with Cloud(tmp_path, extra=["--device-listen", "", "--public-listen", ""]) as cloud:
        assert cloud.endpoint["hostname"] is None and cloud.endpoint["port"] is None
        assert cloud.service.public_url is None and cloud.service.device_address is None


@pytest.mark.parametrize("bad", [["--device-name", "127.0.0.1"], ["--device-name", "a b"], ["--device-listen", "x"],
                                 ["--public-listen", "localhost"]])
def test_settings_that_cannot_be(tmp_path, bad):
    done = subprocess.run([program("engraved"), "--data", tmp_path / "d", *bad], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 2 and "value is not possible" in done.stderr


def wait_for(fact, seconds=20):
    end = time.monotonic() + seconds
    while not fact() and time.monotonic() < end:
        time.sleep(0.1)
    return fact()


def test_device_shows_its_cloud_state(cloud, member):
    member.run()
    shown = cloud.service.get(f"/api/v1/devices/{decimal(cloud.chips[0])}")
    assert shown["cloud"] is not None
