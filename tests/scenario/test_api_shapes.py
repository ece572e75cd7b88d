# SPDX-License-Identifier: Apache-2.0
"""What every call has in common: refusals, keep-alive, bodies on GET, ids, paths."""
import http.client
import json
import ssl
import threading

import pytest

PRODUCTS = "/api/v1/products"
PRODUCT = {"nc12": 935000000012, "name": "board", "family": "mcxn947"}


def refused(response, status, code):
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert set(body) == {"code", "message", "details", "next", "correlationId"}
    assert body["message"] and body["next"]
    assert body["correlationId"] == response.headers["EL2G-Correlation-ID"]
    return body


def test_401_before_anything_else(service):
    for path in (PRODUCTS, "/api/v1/nothing", "/"):
        for key in (None, "", "wrong", "x" * 5000):
            refused(service.call("GET", path, headers={"EL2G-API-Key": key}), 401, "ERR_API_KEY")
    assert service.call("GET", "/healthz", headers={"EL2G-API-Key": None}).status_code == 200


def test_403_by_role_and_revocation(service):
    keys = {role: service.post("/api/v1/api-keys", {"name": role, "role": role})
            for role in ("AUDITOR", "OPERATOR")}

    def call(role, method, path, body=None):
        return service.call(method, path, json=body, headers={"EL2G-API-Key": keys[role]["key"]})

    assert call("AUDITOR", "GET", PRODUCTS).status_code == 200
    refused(call("AUDITOR", "POST", PRODUCTS, PRODUCT), 403, "ERR_ROLE")
    refused(call("OPERATOR", "POST", PRODUCTS, PRODUCT), 403, "ERR_ROLE")
    refused(call("AUDITOR", "POST", PRODUCTS + "/1/device-groups/1/devices",
                 {"deviceIds": ["1"]}), 403, "ERR_ROLE")
    refused(call("OPERATOR", "POST", PRODUCTS + "/1/device-groups/1/devices",
                 {"deviceIds": ["1"]}), 404, "ERR_PRODUCT_UNKNOWN")
    assert all("key" not in k for k in service.get("/api/v1/api-keys")["content"])
    service.delete(f"/api/v1/api-keys/{keys['AUDITOR']['id']}")
    refused(call("AUDITOR", "GET", PRODUCTS), 401, "ERR_API_KEY")


def test_404_and_405(service):
    refused(service.call("GET", "/api/v1/nothing"), 404, "ERR_NO_SUCH_PATH")
    refused(service.call("GET", "/" + "x" * 2000), 404, "ERR_NO_SUCH_PATH")
    refused(service.call("GET", PRODUCTS + "/935000000012"), 404, "ERR_PRODUCT_UNKNOWN")
    refused(service.call("GET", PRODUCTS + "/abc"), 404, "ERR_PRODUCT_UNKNOWN")
    response = service.call("DELETE", PRODUCTS)
    refused(response, 405, "ERR_METHOD")
    assert response.headers["Allow"] == "POST, GET"


@pytest.mark.parametrize("body, status, code, details", [
    (b'{"nc12": 1,\n "name": }', 400, "ERR_JSON", "line 2"),
    (b'{"a":1,"a":2}', 400, "ERR_JSON", "line 1"),
    (b"\xff\xfe", 400, "ERR_JSON", "line 1"),
    (b"[]", 400, "ERR_JSON_TYPE", "a JSON object is needed"),
    (b"{}", 400, "ERR_JSON_TYPE", "/nc12: this member is missing"),
    (b"", 400, "ERR_JSON_TYPE", "/nc12"),
    (b'{"nc12":true}', 400, "ERR_JSON_TYPE", "/nc12"),
    (b'{"nc12":1000000000000}', 422, "ERR_FIELD", "/nc12"),
    (b'{"nc12":1,"name":7}', 400, "ERR_JSON_TYPE", "/name"),
    (b'{"nc12":1,"name":"a\\u0007","family":"x"}', 422, "ERR_FIELD", "/name"),
    (b'{"nc12":1,"name":"a","family":"z80"}', 422, "ERR_FAMILY_UNKNOWN", "z80"),
])
def test_bad_bodies(service, body, status, code, details):
    assert details in refused(service.call("POST", PRODUCTS, data=body), status, code)["details"]


def test_413_is_answered_and_the_connection_lives(service):
    for size in (16385, 3_000_000):
        body = refused(service.call("POST", PRODUCTS, data=b"x" * size), 413, "ERR_BODY_TOO_LARGE")
        assert "16384" in body["details"]
    assert service.get(PRODUCTS) == {"content": [], "next": None}


def test_one_connection_survives_every_error(service):
    host, port = service.url.removeprefix("https://").rsplit(":", 1)
    connection = http.client.HTTPSConnection(
        host, int(port), context=ssl.create_default_context(cafile=str(service.ca_file)))
    connection.connect()
    sock = connection.sock
    headers = {"el2g-api-key": service.key, "Content-Type": "application/json"}
    steps = [("GET", PRODUCTS, b"{}", 200), ("GET", PRODUCTS + "/?x=1", b'{"fw": 134221824}', 200),
             ("POST", PRODUCTS, b"{", 400), ("GET", "/nothing", b"{}", 404),
             ("DELETE", PRODUCTS, b"{}", 405), ("POST", PRODUCTS, b"y" * 100_000, 413),
             ("GET", PRODUCTS, b"not json at all", 200), ("GET", PRODUCTS, b"z" * 200_000, 200),
             ("PUT", PRODUCTS, b"", 405), ("GET", "/healthz", b"", 200)]
    for method, path, body, status in steps:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        json.loads(response.read())
        assert (response.status, connection.sock is sock) == (status, True), (method, path)
    connection.close()


def test_correlation_id_is_echoed_when_sane(service):
    response = service.call("GET", PRODUCTS, headers={"EL2G-Correlation-ID": "abc-123"})
    assert response.headers["EL2G-Correlation-ID"] == "abc-123"
    assert service.process.logs("correlation=abc-123")
    for odd in ("a b", "x" * 65, "<script>"):
        response = service.call("GET", PRODUCTS, headers={"EL2G-Correlation-ID": odd})
        assert len(response.headers["EL2G-Correlation-ID"]) == 36


def test_paging(service):
    for n in range(7):
        service.post(PRODUCTS, {**PRODUCT, "nc12": 100 + n})
    seen, page = [], 0
    while page is not None:
        answer = service.get(PRODUCTS, size=3, page=page)
        seen += [p["nc12"] for p in answer["content"]]
        page = answer["next"]
    assert seen == list(range(100, 107))
    for query in ({"size": 501}, {"size": 0}, {"size": "x"}, {"page": -1}):
        refused(service.call("GET", PRODUCTS, **query), 422, "ERR_QUERY")


def test_many_clients_at_once(service):
    failures = []

    def client():
        for _ in range(20):
            try:
                assert service.call("GET", PRODUCTS).status_code in (200, 429)
            except Exception as problem:  # pylint: disable=broad-except
                failures.append(problem)

    threads = [threading.Thread(target=client) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
