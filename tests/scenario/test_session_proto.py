# SPDX-License-Identifier: Apache-2.0
"""lib/wire/session/session.proto, read by Google's implementation: what that writes our codec understands, and what
our codec writes means the same there."""
import importlib
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ECHO = Path(os.environ["ENGRAVE_BUILD"]) / "bin" / "session_echo"
ROUNDS = 60


@pytest.fixture(scope="module")
def proto(tmp_path_factory):
    out = tmp_path_factory.mktemp("proto")
    subprocess.run(["protoc", f"-I{ROOT / 'lib/wire/session'}", f"--python_out={out}", "session.proto"], check=True)
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
    sys.path.insert(0, str(out))
    return importlib.import_module("session_pb2")


@pytest.fixture
def dice():
    return random.Random(20261122)


def echo(mode, data):
    return subprocess.run([ECHO, mode], input=data, check=True, capture_output=True).stdout


def word(dice):
    return dice.choice([0, 1, 127, 128, 0x7FFFFFFF, 0xFFFFFFFF, dice.getrandbits(32)])


def size(dice):
    return dice.choice([0, 1, 44, 127, 128, 4096, 0x7FFFFFFF])


def some_bytes(dice):
    return dice.randbytes(dice.choice([0, 1, 16, 127, 128, 300]))


# ---- requests ------------------------------------------------------------------------------------------------------

def fill_report(report, dice):
    report.status = dice.choice([1, 0x35, 0x40])
    report.correlation_id = "c" * dice.randint(1, 36)
    report.claim_status.status = 1
    report.claim_status.details.add(status=1, endpoint_id=word(dice))
    report.rtp_status.status = 0x12
    for _ in range(dice.randint(0, 5)):
        report.rtp_status.details.add(status=dice.randint(0, 0x51), endpoint_id=word(dice), object_id=word(dice))
    report.csp_status.status = 2
    report.csp_status.details.add(status=2, endpoint_id=0, service_id=dice.getrandbits(64))
    if dice.random() < 0.5:
        report.retry_after_seconds = dice.randint(1, 2**32 - 1)


def fill_import(command, dice):
    for name in ("identifier", "type", "usage", "algorithm", "lifetime", "key_bits"):
        if dice.random() < 0.8:  # whether a field was sent must survive, too
            setattr(command, name, word(dice))
    if dice.random() < 0.8:
        command.data = some_bytes(dice)
        command.key_data_format = 1
    command.SetInParent()


def fill_store(request, dice):
    operation = dice.randint(1, 4)
    request.operation = operation
    if operation in (1, 2):
        request.length = size(dice)
    if operation in (2, 3):
        request.offset = size(dice)
    if operation == 3:
        request.data = some_bytes(dice)


def fill_payload(payload, dice):
    kind = dice.randint(0, 8)
    if kind == 0:
        payload.hello.version = word(dice)
        payload.hello.state = dice.choice([0, 10, 100])
        payload.hello.communication_buffer_size = size(dice)
    elif kind == 1:
        fill_report(payload.goodbye.status, dice)
    elif kind == 2:
        payload.crl.crl = some_bytes(dice)
    elif kind == 3:
        fill_store(payload.datastore, dice)
    elif kind == 4:
        payload.psa.get_version.SetInParent()
    elif kind == 5:
        fill_import(payload.psa.import_key, dice)
    elif kind == 6:
        payload.psa.destroy_key.identifier = word(dice)
    elif kind == 7:
        payload.psa.remove_object.identifier = word(dice)
    else:
        payload.psa.read_object.identifier = word(dice)
        payload.psa.read_object.offset = word(dice)
        payload.psa.read_object.length = word(dice)


def test_requests_mean_the_same(proto, dice):
    for _ in range(ROUNDS):
        message = proto.EndpointRequests()
        for _ in range(dice.randint(1, 6)):
            request = message.requests.add(type=dice.choice([1, 21, 50]), endpoint_id=word(dice))
            fill_payload(request.payload, dice)
        again = proto.EndpointRequests.FromString(echo("requests", message.SerializeToString()))
        assert again == message


# ---- responses -----------------------------------------------------------------------------------------------------

def fill_hello(hello, dice):
    hello.version = word(dice)
    hello.communication_buffer_size_responses = size(dice)
    hello.communication_buffer_size_requests = size(dice)
    hello.use_multiple_requests_per_message = dice.random() < 0.5
    if dice.random() < 0.5:
        hello.engrave_features = dice.randint(1, 15)
    hello.endpoints.add(type=1, endpoint_id=0, version=word(dice), additional_data=b"\x04\x08\x0a\x10\x01")
    for _ in range(dice.randint(0, 3)):
        hello.endpoints.add(type=50, endpoint_id=word(dice), version=word(dice), additional_data=b"\x02\x08\x01")
    hello.endpoints.add(type=21, endpoint_id=word(dice), version=word(dice), state=-5)


def fill_response(response, dice):
    kind = dice.randint(0, 5)
    if kind == 0:
        fill_hello(response.hello, dice)
    elif kind == 1:
        response.crl.error = dice.randint(1, 20)
    elif kind == 2:
        response.datastore.status = dice.choice([1, 2])
        response.datastore.data = some_bytes(dice)
    elif kind == 3:
        response.psa.get_version.crypto_api_version = word(dice)
        response.psa.get_version.supported_key_data_formats.append(1)
        response.psa.get_version.max_raw_key_size = size(dice)
    elif kind == 4:
        response.psa.read_object.status = 0
        response.psa.read_object.data = some_bytes(dice)
    else:
        command = dice.choice(["destroy_key", "import_key", "create_object", "write_object", "remove_object"])
        getattr(response.psa, command).status = dice.choice([0, -132, -140, -153])


def test_responses_mean_the_same(proto, dice):
    for _ in range(ROUNDS):
        message = proto.Responses()
        for _ in range(dice.randint(1, 6)):
            fill_response(message.responses.add(), dice)
        again = proto.Responses.FromString(echo("responses", message.SerializeToString()))
        assert again == message


# ---- containers ----------------------------------------------------------------------------------------------------

TEXTS = ("hostname", "client_id", "username", "password", "customer_metadata_json", "azure_id_scope",
         "azure_registration_id", "azure_global_device_endpoint")


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def unpack(proto, container):
    length, version, count = struct.unpack_from("<III", container, 32)
    assert (length, version) == (len(container), 0)
    at, services = 44, []
    while at < length:
        n = shift = 0
        while True:
            byte, at = container[at], at + 1
            n |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        services.append(proto.ServiceDescriptor.FromString(container[at:at + n]))
        at += n
    assert len(services) == count
    return services


def a_service(proto, dice):
    service = proto.ServiceDescriptor(identifier=dice.getrandbits(64))
    for name in TEXTS:
        if dice.random() < 0.7:
            setattr(service, name, dice.choice(["x", "broker.example", "ü" * 70]))
    for name in ("client_certificate", "server_certificate"):
        if dice.random() < 0.7:
            setattr(service, name, dice.randbytes(dice.randint(1, 300)))
    if dice.random() < 0.7:
        service.service_type = dice.choice([0, 1, 2, 3, 15, 500])
    if dice.random() < 0.7:
        service.port, service.timeout_ms, service.protocol = 8883, 2**32 - 1, dice.randint(1, 6)
    for name in ("client_certificate_ref", "server_certificate_ref", "client_key_ref"):
        if dice.random() < 0.7:
            reference = getattr(service, name)
            reference.type, reference.endpoint_id, reference.object_id = 21, word(dice), word(dice)
    return service


def test_descriptors_mean_the_same(proto, dice):
    for _ in range(ROUNDS):
        services = [a_service(proto, dice) for _ in range(dice.randint(0, 4))]
        body = b"".join(varint(len(s)) + s for s in (x.SerializeToString() for x in services))
        header = bytes(32) + struct.pack("<III", 44 + len(body), 0, len(services))
        assert unpack(proto, echo("container", header + body)) == services
