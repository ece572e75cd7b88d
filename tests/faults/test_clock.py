# SPDX-License-Identifier: Apache-2.0
"""The wall clock jumps a year either way under the service; tests/soak has it between two nodes."""
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.helpers.customer import Customer
from tests.helpers.lease_case import check_once, finish
from tests.helpers.preload import YEAR_S, Clock
from tests.helpers.service import Service

BACK_AND_FORTH = [YEAR_S, 0, -YEAR_S, 0]


def test_jumps_under_a_running_service(database, place, say):
    """While the clock is behind, a CA is not valid yet and signs nothing; all else goes on."""
    clock, told = Clock(place / "clock"), set()
    with Service(place / "engraved", database=database, env=clock.env) as service:
        customer = Customer(service, place)
        customer.add_identity()
        everyone, before = [], 0
        for jump in BACK_AND_FORTH:
            ids = customer.chips(6)
            everyone += ids
            job = service.post(customer.path("/register-devices"), {"deviceIds": ids})
            clock.jump(jump)
            shown = service.get(f"/api/v2/rtp/jobs/{job}", wait=20)
            assert shown["provisionedPercentage"] == 100
            assert shown["failed"] == 0 or min(before, jump) < 0, shown
            told.add(shown["state"])
            before = jump
        finish(service, service.post(customer.path("/register-devices"), {"deviceIds": everyone}))
        entries = customer.download(everyone)
        assert {len(e["rtpProvisionings"]) for e in entries} == {2} and len(entries) == len(everyone)
        assert service.get(customer.path())["quotaUsed"] == len(everyone)
    say(f"clock jumped {len(BACK_AND_FORTH)} times: {sorted(told)}, in the end all made")


def serial(service, name):
    """Serial number of the first certificate in a file of the service's TLS folder."""
    return read_certificate(service, name).serial_number


def read_certificate(service, name):
    return x509.load_pem_x509_certificate((service.data / "tls" / name).read_bytes())


@pytest.mark.parametrize("years", [1, -1, 2, -2])
def test_start_while_the_clock_is_wrong(years, place):
    """Clients whose clock is right can talk to the service as soon as its clock is right, too."""
    clock = Clock(place / "clock")
    with Service(place / "engraved", env=clock.env) as service:
        customer = Customer(service, place)
        customer.add("KEYPAIR", 0x1001, algorithm="NIST_P256")
        ids = customer.chips(2)
        customer.claim(ids)
        ca, first = serial(service, "ca.pem"), serial(service, "server.pem")
        service.kill()
        clock.jump(years * YEAR_S)
        service.start()
        # 397 days are less than two years, and what is not valid yet is of no use either
        renewed = serial(service, "server.pem")
        assert (renewed != first) == (years != 1)
        service.kill()
        clock.jump(0)
        service.start()
        assert (serial(service, "server.pem") != renewed) == (years not in (1, -1))
        assert serial(service, "ca.pem") == ca
        assert customer.states(ids[0]) == {"GENERATION_COMPLETED"}
        check_once(customer, ids)


@pytest.mark.parametrize("years", [3, -30])
def test_first_start_while_the_clock_is_wrong(years, place):
    """The TLS CA: a clock that was ahead does no harm; one that was decades behind costs its certificate."""
    clock = Clock(place / "clock")
    clock.jump(years * YEAR_S)
    with Service(place / "engraved", env=clock.env) as service:
        before = read_certificate(service, "ca.pem")
        service.kill()
        clock.jump(0)
        service.start()
        assert service.get("/api/v1/company")  # by today's clock, with today's ca.pem
        after = read_certificate(service, "ca.pem")
        assert (after != before) == (years < 0)
        assert after.public_key().public_numbers() == before.public_key().public_numbers()
        assert ("TLS CA renewed" in service.process.log_text()) == (years < 0)


def test_tls_ca_that_is_not_valid_yet(place):
    """As older versions made it when the clock was ahead: made anew for the same key, and said."""
    with Service(place / "engraved") as service:
        key = serialization.load_pem_private_key((service.data / "tls" / "ca.key").read_bytes(), None)
        old = read_certificate(service, "ca.pem")
        service.kill()
        ahead = datetime.datetime.utcnow() + datetime.timedelta(days=300)
        future = (x509.CertificateBuilder().subject_name(old.subject).issuer_name(old.issuer)
                  .public_key(key.public_key()).serial_number(4711).not_valid_before(ahead)
                  .not_valid_after(ahead + datetime.timedelta(days=7000))
                  .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                  .sign(key, hashes.SHA256()))
        (service.data / "tls" / "ca.pem").write_bytes(future.public_bytes(serialization.Encoding.PEM))
        service.start()
        assert service.get("/api/v1/company")
        assert read_certificate(service, "ca.pem").public_key().public_numbers() == key.public_key().public_numbers()
        (line,) = [x for x in service.process.log_text().splitlines() if "TLS CA renewed" in x]
        assert "warning" in line and "ahead" in line and str(service.data / "tls") in line
        service.restart()
        assert service.process.log_text().count("TLS CA renewed") == 1
