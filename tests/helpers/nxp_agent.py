# SPDX-License-Identifier: Apache-2.0
"""
A peer that behaves as NXP's device agent 6.4.1 does, its defects included (docs/protocol/device-session.md lists
what is known of it), so that the endpoint is tried against what is out there:

    agent = NxpAgent(keys_text, connection_container, tls="1.2")
    outcome = agent.run()                   # outcome.exit is 0, 216 or 255, as the agent's demo program

State lives in the object and survives run(): keys, storage objects and datastores. It dials the descriptors of its
connection datastore in their order until a session succeeded, and shows the certificate that is in the descriptor.
"""
import hashlib
import os
import socket
import ssl
import struct
import tempfile
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.helpers import protobuf as pb
from tests.helpers.simulated_psa import CLAIM_OBJECT, SimulatedPsa

AGENT, KEYSTORE, DATASTORE = 1, 21, 50
ID_CONNECTION, ID_KEYSTORE, ID_CUSTOMER = 0x70000000, 0x70000010, 0
RESPONSE_BUFFER = 4096
OK_EXIT, UPDATE_FAILED_EXIT, FAILURE_EXIT = 0, 216, 255


class PowerLost(OSError):
    """The device is off: nothing else is tried."""


class SessionEnd(Exception):
    """The agent drops the connection without an answer; the text is what it logs."""


# ---- containers ------------------------------------------------------------------------------

def container(descriptors):
    """A datastore's contents from serialised service descriptors."""
    body = b"".join(pb.varint(len(d)) + d for d in descriptors)
    rest = struct.pack("<III", 44 + len(body), 0, len(descriptors)) + body
    return hashlib.sha256(rest).digest() + rest


EMPTY_CONTAINER = container([])


def descriptors(data):
    """The serialised descriptors of a valid container; None when it is not valid."""
    if len(data) < 44:
        return None
    total, _, count = struct.unpack_from("<III", data, 32)
    if total < 44 or total > len(data) or hashlib.sha256(data[32:total]).digest() != data[:32]:
        return None
    found, at = [], 44
    for _ in range(count):
        size, at = pb.read_varint(data, at)
        found.append(data[at:at + size])
        at += size
    return found


class Datastore:
    """Two places in turn; a WRITE without ALLOCATE goes to the live one, as in the agent."""

    def __init__(self, contents=b""):
        self.live = bytearray(contents)
        self.next = None

    def handle(self, data):
        operation, offset, length, payload = 0, 0, None, b""
        for number, value in pb.fields(data):
            if number == 10:
                payload = value
            elif number == 2 and not payload:
                offset = value
            elif number == 1:
                operation = value
            elif number == 3:
                length = value
        if operation == 1:
            if length is None:
                raise SessionEnd("missing length")
            self.next = bytearray(length)
        elif operation == 2:
            if length is None:
                raise SessionEnd("missing length")
            return bytes(self.live[offset:offset + length])
        elif operation == 3:
            target = self.live if self.next is None else self.next
            if offset + len(payload) > len(target):
                raise SessionEnd("write beyond the end")
            target[offset:offset + len(payload)] = payload
        elif operation == 4:
            if self.next is None:
                raise SessionEnd("commit without allocate")
            self.live, self.next = self.next, None
        else:
            raise SessionEnd("unsupported datastore operation")
        return None


# ---- one session -----------------------------------------------------------------------------

@dataclass
class Outcome:
    exit: int = FAILURE_EXIT
    log: str = ""
    report: dict = field(default_factory=dict)   # update, claim, rtp, csp, correlation
    requests: list = field(default_factory=list)  # one text per request, in order
    messages: int = 0                             # EndpointRequests received
    tls: str = ""
    chain: list = field(default_factory=list)     # DER of the server's certificates
    crl: bytes = b""
    batches: list = field(default_factory=list)   # requests in each message
    largest: int = 0                              # bytes of the largest message, without its prefix
    keystores: set = field(default_factory=set)   # ids that were asked
    imported: list = field(default_factory=list)  # (id of the request, blob)
    dialed: list = field(default_factory=list)    # (hostname, port) of every attempt; the rest is of the last one


class Session:
    """The dispatcher behind one connection."""

    def __init__(self, agent, chain):
        self.agent = agent
        self.chain = chain
        self.crl_done = not agent.request_crl
        self.outcome = Outcome(chain=chain)
        self.ended = None  # exit code once goodbye or a revoked server was seen

    def message(self, data):
        """The answer to one EndpointRequests, b"" for none."""
        answers = []
        self.outcome.messages += 1
        self.outcome.largest = max(self.outcome.largest, len(data))
        requests = [request for number, request in pb.fields(data) if number == 1]
        self.outcome.batches.append(len(requests))
        self._fits(len(data), len(requests))
        for request in requests:
            answers += self._request(request)
        if self.agent.alter:
            return self.agent.alter(self.outcome.messages, answers)
        out = b"".join(pb.chunk(1, payload, width) for payload, width in answers)
        if len(out) > self.agent.response_buffer:
            raise SessionEnd("not enough remaining free space in buffer")
        return pb.varint(len(out)) + out if answers else b""

    def _fits(self, size, requests):
        """A service holds to what hello said, and to the least that is known of any device before it."""
        if size + len(pb.varint(size)) > (self.agent.request_buffer if self.outcome.messages > 1 else 1024):
            raise SessionEnd(f"a message of {size} bytes is larger than the buffer")
        if requests > 1 and not self.agent.several:
            raise SessionEnd(f"{requests} requests in one message")

    def _request(self, data):
        kind = endpoint = None
        answers = []
        for number, value in pb.fields(data):
            if number == 1:
                kind = value
            elif number == 2:
                endpoint = value
            elif number == 100:
                if kind is None:
                    raise SessionEnd("Endpoint message is lacking an endpoint type.")
                if endpoint is None:
                    raise SessionEnd("Endpoint message is lacking an endpoint id.")
                answers += self._payload(kind, endpoint, value)
        return answers

    def _payload(self, kind, endpoint, data):
        """[(answer, bytes of its length at least)]"""
        known = {1: "hello", 2: "goodbye", 3: "crl", 20: "apdu", 30: "datastore", 40: "rpc", 50: "host", 60: "psa",
                 70: "proxy"}
        members = [(n, v) for n, v in pb.fields(data) if n in known]
        if not members:
            raise SessionEnd("no message type")
        answers = []
        for number, value in members:
            name = known[number]
            if name not in ("hello", "goodbye", "crl") and not self.crl_done:
                raise SessionEnd("Unexpected message received (no CRL check done yet), stopping processing.")
            answers += self._one(name, kind, endpoint, value)
        return answers

    def _one(self, name, kind, endpoint, value):
        if name == "hello":
            self.outcome.requests.append("hello")
            return [(pb.chunk(1, self._hello()), 1)]
        if kind == AGENT and name == "crl":
            return [(self._crl(value), 1)]
        if kind == AGENT and name == "goodbye":
            self._goodbye(value)
            return []
        if kind == KEYSTORE and endpoint in self.agent.keystores and name == "psa":
            self.outcome.keystores.add(endpoint)
            return [(self._psa(value), 1)]
        if kind == DATASTORE and endpoint in self.agent.datastores and name == "datastore":
            return [self._datastore(endpoint, value)]
        raise SessionEnd(f"{name} for endpoint {kind}/{endpoint:#x}")

    # ---- agent ---------------------------------------------------------------------------------

    @staticmethod
    def _endpoint(kind, number, additional=None):
        body = pb.number(1, kind) + pb.number(2, number) + pb.fixed32(3, 0x00010000)
        if additional is not None:
            body += pb.chunk(5, pb.varint(len(additional)) + additional)
        return pb.chunk(10, body)

    def _hello(self):
        wants_crl = pb.number(2, 1) if self.agent.request_crl else b""
        # What the agent really sends of its datastores: a field table too wide, so bytes of the stack.
        garbage = pb.varint(1 << 3) + pb.varint(int.from_bytes(os.urandom(3), "little") | 1 << 28, 5) + pb.number(3, 1)
        agent = self.agent
        out = (pb.fixed32(1, 0x00060401) + pb.number(2, agent.response_buffer) + pb.number(3, agent.request_buffer) +
               pb.number(5, int(agent.several)) + self._endpoint(AGENT, 0, pb.number(1, 10) + wants_crl))
        for number in agent.datastores:
            out += self._endpoint(DATASTORE, number, garbage)
        return out + b"".join(self._endpoint(KEYSTORE, number) for number in agent.keystores)

    def _crl(self, value):
        der = pb.one(value, 1)
        self.outcome.requests.append("crl")
        if der is None:
            raise SessionEnd("CRL verification failed: none")
        self.outcome.crl = der
        crl = x509.load_der_x509_crl(der)
        chain = [x509.load_der_x509_certificate(c) for c in self.chain]
        issuers = [c for c in chain[1:] + self.agent.roots if c.subject == crl.issuer]
        if issuers:
            self._crl_of_chain(crl, issuers[0], chain)
        self.crl_done = True
        return pb.chunk(3, b"")

    def _crl_of_chain(self, crl, issuer, chain):
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        if not crl.is_signature_valid(issuer.public_key()) or not crl.last_update <= now <= crl.next_update:
            raise SessionEnd("CRL verification failed")
        for certificate in chain:
            if certificate.issuer == crl.issuer and crl.get_revoked_certificate_by_serial_number(
                    certificate.serial_number):
                self.ended = OK_EXIT  # reported as success to the application, with no report
                raise SessionEnd("the server's certificate is revoked")

    def _goodbye(self, value):
        self.outcome.requests.append("goodbye")
        status = pb.one(value, 1)
        if status is None:
            self.ended = OK_EXIT
            return
        parts = dict(pb.fields(status))
        correlation = parts.get(5, b"").decode()
        if len(correlation) > 36:
            raise SessionEnd("string overflow")
        self.outcome.report = {"update": parts.get(1, 0), "claim": self._part(parts.get(2)),
                               "rtp": self._part(parts.get(3)), "csp": self._part(parts.get(4)),
                               "correlation": correlation}
        self.ended = OK_EXIT if parts.get(1, 0) == 1 else UPDATE_FAILED_EXIT

    @staticmethod
    def _part(data):
        """(status, [details as {field: value}]) of one part of the report; None when absent."""
        if data is None:
            return None
        found = pb.fields(data)
        return (dict(found).get(1, 0), [dict(pb.fields(value)) for number, value in found if number == 2])

    # ---- keystore --------------------------------------------------------------------------------

    def _psa(self, value):
        psa = self.agent.psa
        number, command = pb.fields(value)[0]
        args = dict(pb.fields(command))
        name = {1: "get_version", 2: "destroy", 3: "import", 6: "read", 7: "remove"}.get(number)
        if name is None:
            self.outcome.requests.append("unsupported")
            return b""
        key_id = args.get(1, 0)
        self.outcome.requests.append(name if number == 1 else f"{name} {key_id:08X}")
        forced = self.agent.force(name, key_id) if self.agent.force else None
        if number == 1:
            answer = pb.fixed32(1, 0x00010000) + pb.chunk(4, b"\x01") + pb.number(5, 10240)
        elif forced is not None:
            answer = pb.number(1, forced) + (pb.chunk(10, b"") if number == 6 else b"")
        elif number == 3:
            answer = pb.number(1, self._import(args))
        elif number == 6:
            status, data = psa.read_object(key_id, args.get(2, 0), args.get(3, 0))
            answer = pb.number(1, status) + pb.chunk(10, data)
        else:
            if 1 not in args:
                raise SessionEnd("missing field identifier")
            answer = pb.number(1, psa.destroy_key(key_id))
        return pb.chunk(60, pb.chunk(number, answer))

    def _import(self, args):
        for number, name in ((1, "identifier"), (2, "type"), (3, "usage"), (4, "algorithm"), (5, "lifetime"),
                             (11, "key data format")):
            if number not in args:
                raise SessionEnd(f"missing field {name}")
        if args[11] != 1 or not args.get(10):
            raise SessionEnd("key data")
        self.outcome.imported.append((args[1], args[10]))
        return self.agent.psa.import_key(args[10])

    # ---- datastores --------------------------------------------------------------------------------

    def _datastore(self, endpoint, value):
        names = {1: "allocate", 2: "read", 3: "write", 4: "commit"}
        self.outcome.requests.append(f"{names.get(dict(pb.fields(value)).get(1), '?')} {endpoint:08X}")
        data = self.agent.datastores[endpoint].handle(value)
        body = pb.number(1, 1)
        if data is None:
            return pb.chunk(30, body), 1
        # Lengths around what is read are written before they are known: five bytes each.
        body += pb.chunk(10, data, width=5)
        return pb.chunk(30, body, width=5), 5


# ---- the agent -------------------------------------------------------------------------------

EL2GO_SERVICE = 500
Dial = namedtuple("Dial", "host port roots certificate")  # roots: DER, one after the other; certificate: DER


class NxpAgent:
    """keys_text: `keydata` lines; connection: contents of its connection datastore, or what makes them of the DER of
    the device's certificate."""

    def __init__(self, keys_text, connection, tls="1.2", request_crl=True, two_records=True):
        self.psa = SimulatedPsa(keys_text)
        if callable(connection):
            connection = connection(self.certificate_der())
        self.datastores = {ID_CONNECTION: Datastore(connection), ID_CUSTOMER: Datastore()}
        self.constants = connection  # where an agent without connection datastore dials
        self.tls = tls
        self.request_crl = request_crl
        self.two_records = two_records
        self.response_buffer, self.request_buffer, self.several = RESPONSE_BUFFER, 0x7FFFFFFF, True
        self.keystores = [ID_KEYSTORE]
        self.force = None  # (command, key id) -> PSA status to answer instead of doing it, None: do it
        self.alter = None  # (message number, [(answer, width)]) -> the frame to send instead of the right one
        self.sni = None  # another name than the host's to ask for; its certificate is not checked then
        self.roots = []
        self.hosts = {"localhost": "127.0.0.1"}  # what names resolve to
        self.stop_at = None  # (message number, "before", "after" or "sent"): the agent loses its power there
        self.meanwhile = None  # (message number, same words): called there

    def set_claim_blob(self, blob):
        self.psa.objects[CLAIM_OBJECT] = blob

    def _descriptors(self):
        """Those of the connection datastore; of what is compiled in when that is not valid."""
        held = self.datastores[ID_CONNECTION].live if ID_CONNECTION in self.datastores else b""
        found = descriptors(bytes(held))
        return (descriptors(bytes(self.constants)) or []) if found is None else found

    def dials(self):
        """A Dial for each descriptor, in order; None for one that it leaves out."""
        found = [dict(pb.fields(text)) for text in self._descriptors()]
        return [None if f.get(2) == EL2GO_SERVICE else Dial(f[10].decode(), f[11], f[21], f[20]) for f in found]

    def connection(self):
        """The descriptor to dial first."""
        return next((dial for dial in self.dials() if dial), None)

    def certificate_der(self):
        return x509.load_pem_x509_certificate(self.certificate()[0]).public_bytes(serialization.Encoding.DER)

    def sign_again(self):
        """Another certificate over the same key in every descriptor, as programs do that write them at their start."""
        old = self.connection().certificate
        new = self.certificate_der()
        while len(new) != len(old) or new == old:
            new = self.certificate_der()
        store = self.datastores[ID_CONNECTION]
        store.live = bytearray(container([text.replace(old, new) for text in descriptors(bytes(store.live))]))

    def certificate(self):
        """Self-signed, made anew by each call; (certificate, key) as PEM."""
        key = self.psa.connection_key()
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NXP"),
                          x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Plug and Trust"),
                          x509.NameAttribute(NameOID.COMMON_NAME, "NXP_DIE_ID_AUTH"),
                          x509.NameAttribute(NameOID.SERIAL_NUMBER, self.psa.uuid.hex().upper())])
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(1).not_valid_before(datetime(2022, 1, 1))
                .not_valid_after(datetime(9999, 12, 31, 23, 59, 59)).add_extension(usage, critical=True)
                .sign(key, hashes.SHA256()))
        return (made.public_bytes(serialization.Encoding.PEM),
                key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))

    def context(self, roots_der, certificate=None):
        """certificate: DER to show; None: a new one."""
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[self.tls]
        ctx.minimum_version = ctx.maximum_version = version
        if self.tls == "1.2":
            ctx.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
        ctx.load_verify_locations(cadata=roots_der)
        self.roots = [x509.load_der_x509_certificate(der) for der in ctx.get_ca_certs(binary_form=True)]
        cert, key = self.certificate()
        if certificate is not None:
            cert = ssl.DER_cert_to_PEM_cert(certificate).encode()
        with tempfile.NamedTemporaryFile() as file:
            file.write(cert + key)
            file.flush()
            ctx.load_cert_chain(file.name)
        return ctx

    def connect(self, dial=None, timeout=30):
        host, port, roots, certificate = dial or self.connection()
        raw = socket.create_connection((self.hosts.get(host, host), port), timeout=timeout)
        try:
            context = self.context(roots, certificate)
            context.check_hostname = self.sni is None
            return context.wrap_socket(raw, server_hostname=self.sni or host)
        except BaseException:
            raw.close()
            raise

    @staticmethod
    def chain(tls):
        """DER of the certificates that the service showed."""
        return [c.public_bytes(_DER) for c in tls._sslobj.get_unverified_chain()]

    def run(self):
        """One update, as the agent's demo program makes it. Never raises for what a server does."""
        outcome, dialed = Outcome(exit=OK_EXIT, log="no connection made"), []  # the agent calls this a success
        for index in range(len(self.dials())):
            now = self.dials()  # a session may have changed them; past the end it takes the last
            dial = now[min(index, len(now) - 1)] if now else None
            if dial is None:
                continue
            dialed.append((dial.host, dial.port))
            outcome, again = self._attempt(dial)
            if not again:
                break
        outcome.dialed = dialed
        customer = self.datastores.get(ID_CUSTOMER)
        if outcome.exit == OK_EXIT and dialed and customer and descriptors(bytes(customer.live)) is None:
            outcome.log, outcome.exit = "Not all configuration data is valid", FAILURE_EXIT
        return outcome

    def _attempt(self, dial):
        """(outcome, whether the next descriptor is tried): whatever failed, at the line or in the session."""
        try:
            tls = self.connect(dial)
        except (ssl.SSLError, OSError) as error:
            return Outcome(log=f"connect: {error}"), True
        with tls:
            session = Session(self, self.chain(tls))
            outcome = session.outcome
            outcome.tls = tls.version()
            try:
                self._serve(tls, session)
            except SessionEnd as end:
                outcome.log = str(end)
            except PowerLost as error:
                outcome.log = f"io error: {error}"
                self._power_off()
                return outcome, False
            except (ssl.SSLError, OSError, ValueError) as error:
                outcome.log = f"io error: {error}"
            outcome.exit = FAILURE_EXIT if session.ended is None else session.ended
        return outcome, outcome.exit != OK_EXIT

    def _power_off(self):
        """What was being written is not there after that."""
        for store in self.datastores.values():
            store.next = None

    def _serve(self, tls, session):
        received = b""
        while session.ended is None:
            received, message = self._frame(tls, received)
            number = session.outcome.messages
            self._moment(number, "before")
            answer = session.message(message)
            self._moment(number, "after")
            if answer:
                size = len(answer) - len(answer[pb.read_varint(answer)[1]:])
                for part in ((answer[:size], answer[size:]) if self.two_records else (answer,)):
                    tls.sendall(part)
                self._moment(number, "sent")
        try:
            tls.unwrap()
        except (ssl.SSLError, OSError):
            pass

    def _moment(self, number, side):
        """A message was read, handled, answered."""
        if self.meanwhile:
            self.meanwhile(number, side)
        if self.stop_at == (number, side):
            raise PowerLost("power lost")

    def _frame(self, tls, received):
        """(what is left, one message)."""
        while True:
            try:
                size, at = pb.read_varint(received)
                if len(received) >= at + size:
                    return received[at + size:], received[at:at + size]
            except ValueError:
                if len(received) >= 10:
                    raise
            more = tls.recv(16384)
            if self.tls == "1.3" and tls.session is not None and tls.session.has_ticket:
                raise OSError("new session ticket received")  # fatal for mbedTLS 3.0 to 3.6.0
            if not more:
                raise OSError("end of stream")
            received += more


_DER = ssl._ssl.ENCODING_DER
