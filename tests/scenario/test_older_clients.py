# SPDX-License-Identifier: Apache-2.0
"""
Calls of two older public clients, as they put them on the wire: NXP's el2go-tp-app, the predecessor of
el2go-host, and the REST client of the device agent's tests. Both send JSON bodies with GET and DELETE,
repeat nothing from our documents, and look at little more than the HTTP status.
"""
import base64

import pytest

from tests.helpers.customer import Customer

AGENT = {"accept": "application/json", "Content-Type": "application/json"}
CONCATENATION = bytes.fromhex("400b") + b"edgelock2go"


@pytest.fixture
def customer(service, tmp_path):
    return Customer(service, tmp_path)


@pytest.fixture
def agent(customer):
    """One call of the agent's client: base path /api/v1, a JSON body always, the decoded answer."""
    def call(method, path, body, status=range(200, 300)):
        response = customer.service.call(method, "/api/v1" + path, json=body, headers=AGENT, timeout=30)
        assert response.status_code in status, (method, path, response.status_code, response.text)
        return response.json() if response.text else None
    return call


# ---- el2go-tp-app ------------------------------------------------------------------------------

def test_the_old_host_application_gets_its_file(customer):
    """Assign, poll the status, download without a query, all blobs one after the other to a file."""
    s = customer.service
    customer.add_boot_key_hash()
    customer.add_identity()
    (device,) = customer.chips(1)
    path = customer.path("/devices")
    for _ in range(2):  # a second run of the application finds the device in the group already
        assert s.call("POST", path, json={"deviceIds": [device]},
                      headers={"accept": "application/json"}).status_code < 300
    customer.states(device)
    status = s.get(f"/api/v1/rtp/devices/{device}/secure-object-provisionings",
                   **{"hardware-family-type": "MCXN"})
    assert {p["provisioningState"] for p in status["content"]} == {"GENERATION_COMPLETED"}
    answer = s.post(f"/api/v1/rtp/device-groups/{customer.group}/devices/download-provisionings",
                    {"productHardwareFamilyType": "MCXN", "deviceIds": [device]})
    blobs = [base64.b64decode(p["apdus"]["createApdu"]["apdu"]) for p in answer[0]["rtpProvisionings"]]
    assert len(blobs) == 3 and all(b.startswith(CONCATENATION) for b in blobs)


def test_the_old_host_application_looks_for_a_device_in_all_groups(customer):
    """On a refusal it lists the groups, and the devices of each without asking for pages."""
    s = customer.service
    (device,) = customer.chips(1)
    other = customer.add_group("somewhere else")
    s.post(customer.path("/devices", other), {"deviceIds": [device]})
    assert s.call("POST", customer.path("/devices"), json={"deviceIds": [device]}).status_code == 422
    groups = [g["id"] for g in s.get(f"/api/v1/products/{customer.nc12}/device-groups")["content"]]
    found = [g for g in groups
             if device in {d["device"]["id"] for d in s.get(customer.path("/devices", g))["content"]}]
    assert found == [other]
    # its unclaim has no body at all and drops every device of the group
    assert s.call("POST", customer.path("/unclaim", other)).status_code < 300
    assert s.get(customer.path("/devices", other))["content"] == []


# ---- the agent's test client ---------------------------------------------------------------------

def test_the_agents_client_works_with_groups_and_devices(customer, agent):
    groups = f"/products/{customer.nc12}/device-groups"
    gid = agent("POST", groups, {"deviceGroupName": "agent"})["id"]
    agent("PUT", f"{groups}/{gid}", {"deviceGroupName": "agent renamed"})
    assert customer.service.get(f"/api/v1{groups}/{gid}")["deviceGroupName"] == "agent renamed"
    one, two = customer.chips(2)
    agent("POST", f"{groups}/{gid}/devices", {"deviceIds": [one]})
    agent("POST", f"{groups}/{gid}/devices", {"deviceIds": [two]})
    agent("POST", f"{groups}/{gid}/devices/unclaim", {"deviceIds": [one]})
    left = customer.service.get(f"/api/v1{groups}/{gid}/devices")["content"]
    assert [d["device"]["id"] for d in left] == [two]
    agent("POST", f"{groups}/{gid}/unclaim", {})
    assert customer.service.get(f"/api/v1{groups}/{gid}/devices")["content"] == []
    agent("DELETE", f"{groups}/{gid}", {})
    assert customer.service.call("GET", f"/api/v1{groups}/{gid}").status_code == 404


def test_the_agents_client_makes_assigns_and_deletes_objects(customer, agent):
    gid = agent("POST", f"/products/{customer.nc12}/device-groups", {"deviceGroupName": "agent objects"})["id"]
    common = {"generateOnDeviceConnection": False, "policySourceType": "DEFAULT", "policies": None}
    ca = agent("POST", "/rtp/intermediate-cas",
               {"name": "agent CA", "algorithm": "NIST_P256", "requestType": "WITHOUT_CSR", "prefix": "agent",
                "includeAuthorityKeyIdentifier": True, "includeSubjectKeyIdentifier": True})["id"]
    pair = agent("POST", "/rtp/secure-objects",
                 {**common, "name": "agent key", "secureObjectType": "KEYPAIR", "objectId": "8193",
                  "algorithm": "NIST_P256"})["id"]
    certificate = agent("POST", "/rtp/secure-objects",
                        {**common, "name": "agent certificate", "secureObjectType": "CERTIFICATE",
                         "objectId": "8194", "keyPairId": pair, "intermediateCaId": ca,
                         "commonNamePrefix": "agent-", "allowSigning": True,
                         "certificateValidity": {"validityType": "DATE",
                                                 "validityNotBefore": "2026-01-01T00:00:00.000Z",
                                                 "validityNotAfter": "2030-01-01T00:00:00.000Z"}})["id"]
    assert agent("GET", f"/rtp/secure-objects/{pair}", {})["id"] == pair
    for made in (pair, certificate):
        agent("POST", f"/rtp/secure-objects/{made}/assign-device-group",
              {"deviceGroupId": gid, "productHardwareFamilyType": "MCXN"})

    (device,) = customer.chips(1)
    agent("POST", f"/products/{customer.nc12}/device-groups/{gid}/devices", {"deviceIds": [device]})
    customer.states(device)
    states = agent("GET", f"/rtp/devices/{device}/secure-object-provisionings/?hardware-family-type=MCXN", {})
    assert len(states["content"]) == 2
    agent("POST", f"/products/{customer.nc12}/device-groups/{gid}/unclaim", {})

    row = {"deviceGroupId": gid, "productHardwareFamilyType": "MCXN"}
    agent("POST", f"/rtp/secure-objects/{certificate}/unassign-device-groups/?hardware-family-type=MCXN", [row])
    agent("POST", f"/rtp/device-groups/{gid}/unassign-secure-objects/?hardware-family-type=MCXN", [pair])
    agent("DELETE", f"/rtp/secure-objects/{certificate}", {})
    agent("DELETE", f"/rtp/secure-objects/{pair}", {})
    agent("GET", f"/rtp/secure-objects/{pair}", {}, status=(404,))
