#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
The OpenAPI 3.1 document of the API from its short source, server/api/openapi/.

  routes.json   "METHOD /path": sum, in (schema of the body), out ("STATUS [list|array] schema"),
                err (codes of its own), page, query, makes (takes Idempotency-Key)
  schemas.json  name: {member: kind}. Kinds: text name int id nc12 bool time device object any,
                A|B (one of), @Name, [kind]; then "LOW..HIGH", "?" may be null, "!" required in a
                request, "~" may be absent in an answer

openapi.py [--c FILE]   the document on stdout, or as a C array's initializer in FILE
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "server" / "api" / "openapi"
HTTP = {"OK": 200, "MALFORMED": 400, "UNAUTHENTICATED": 401, "DENIED": 403, "NOT_FOUND": 404,
        "CONFLICT": 409, "TOO_LARGE": 413, "REFUSED": 422, "UNSUPPORTED": 422, "INTEGRITY": 422,
        "EXHAUSTED": 422, "BUSY": 429, "INTERNAL": 500, "IO": 503, "UNAVAILABLE": 503}
ALWAYS = ["ERR_RATE", "ERR_STORE_UNAVAILABLE", "ERR_VAULT_UNAVAILABLE"]
KEYED = ["ERR_API_KEY", "ERR_API_KEY_EXPIRED", "ERR_ROLE", "ERR_SCOPE", "ERR_NO_SUCH_PATH",
         "ERR_METHOD"]
BODY = ["ERR_JSON", "ERR_JSON_TYPE", "ERR_FIELD", "ERR_BODY_TOO_LARGE"]
MAKES = ["ERR_HEADER", "ERR_IDEMPOTENCY_KEY"]
KINDS = {
    "text": {"type": "string"},
    "name": {"type": "string", "minLength": 1, "maxLength": 120},
    "int": {"type": "integer"},
    "id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    "nc12": {"type": "integer", "minimum": 1, "maximum": 999999999999},
    "bool": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "device": {"type": "string", "pattern": "^[0-9]{1,38}$"},
    "object": {"type": "object"},
    "any": {},
}


def codes():
    """Code to HTTP status, as lib/base/status.def has it."""
    text = (ROOT / "lib" / "base" / "status.def").read_text(encoding="utf-8")
    rows = re.findall(r'EG_STATUS\(\w+, (\w+), \w+, \d+,\s*"(\w+)"', text)
    return {code: 405 if code == "ERR_METHOD" else HTTP[category] for category, code in rows}


def kind_of(text):
    text = text.rstrip("!~")
    null = text.endswith("?") and not text.endswith("..?")
    text = text[:-1] if null else text
    word, _, bounds = text.partition(" ")
    if word.startswith("["):
        out = {"type": "array", "items": kind_of(word[1:-1])}
    elif word.startswith("@"):
        out = {"$ref": f"#/components/schemas/{word[1:]}"}
    elif word in KINDS:
        out = dict(KINDS[word])
    else:
        out = {"type": "string", "enum": word.split("|")}
    low, _, high = bounds.partition("..")
    if low:
        out["minimum"] = int(low)
    if high and high != "?":
        out["maximum"] = int(high)
    return {"anyOf": [out, {"type": "null"}]} if null else out


def schema(members):
    request = any(kind.endswith("!") for kind in members.values())
    needed = [m for m, kind in members.items()
              if (kind.endswith("!") if request else not kind.endswith("~"))]
    return {"type": "object", "required": needed,
            "properties": {m: kind_of(kind) for m, kind in members.items()}}


def shape(text):
    """{"schema": ...} of "Name", "list Name", "array Name" or a kind."""
    how, _, name = text.rpartition(" ")
    one = kind_of(name) if name in KINDS else {"$ref": f"#/components/schemas/{name}"}
    if how == "array":
        one = {"type": "array", "items": one}
    if how == "list":
        one = {"type": "object", "required": ["content", "next"], "properties": {
            "content": {"type": "array", "items": one},
            "next": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}
    if how == "walk":  # a list that can also be walked by token
        token = {"anyOf": [{"type": "string", "pattern": "^[0-9a-f]{64}$"}, {"type": "null"}]}
        one = {"type": "object", "required": ["content", "next"], "properties": {
            "content": {"type": "array", "items": one}, "nextToken": token,
            "next": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}
    return {"schema": one}


def parameters(path, route):
    out = []
    for name in re.findall(r"{(\w+)}", path):
        kind = {"device": "device", "job": "text", "nc12": "nc12"}.get(name, "id")
        out.append({"name": name, "in": "path", "required": True, "schema": kind_of(kind)})
    query = dict(route.get("query", {}))
    if route.get("page"):
        query.update(size="int 1..500", page="int 0..1000000")
    for name, kind in query.items():
        out.append({"name": name, "in": "query", "schema": kind_of(kind)})
    if route.get("makes"):
        out.append({"name": "Idempotency-Key", "in": "header",
                    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"}})
    return out


def refusals(path, route, table):
    names = route.get("err", "").split() + ALWAYS
    names += KEYED if path != "/healthz" else ["ERR_NO_SUCH_PATH", "ERR_METHOD"]
    names += BODY if "in" in route else []
    names += MAKES if route.get("makes") else []
    names += ["ERR_QUERY"] if route.get("page") or route.get("query") else []
    by_status = {}
    for name in sorted(set(names)):
        by_status.setdefault(table[name], []).append(name)
    return {str(status): {
        "description": "Refused: " + ", ".join(list_), "x-codes": list_,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    } for status, list_ in sorted(by_status.items())}


def body(text):
    if text == "raw":
        return {"content": {"application/octet-stream": {"schema": {}}}}
    return {"required": True, "content": {"application/json": shape(text)}}


def operation(method, path, route, table):
    status, _, answer = route["out"].partition(" ")
    good = {"description": "Done"}
    if "/" in answer:
        good["content"] = {answer: {"schema": {"type": "string"}}}
    elif answer:
        good["content"] = {"application/json": shape(answer)}
    words = re.sub(r"[{}]", "", path.replace("/api", "")).split("/")
    out = {"operationId": "_".join([method.lower(), *filter(None, words)]).replace("-", "_"),
           "summary": route["sum"], "parameters": parameters(path, route),
           "responses": {status: good, **refusals(path, route, table)}}
    if "in" in route:
        out["requestBody"] = body(route["in"])
    if path == "/healthz":
        out["security"] = []
    return out


def document():
    routes = json.loads((SOURCE / "routes.json").read_text(encoding="utf-8"))
    schemas = json.loads((SOURCE / "schemas.json").read_text(encoding="utf-8"))
    table = codes()
    paths = {}
    for key, route in routes.items():
        method, path = key.split()
        paths.setdefault(path, {})[method.lower()] = operation(method, path, route, table)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Engrave", "version": "1", "license": {
            "name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "EL2G-API-Key"}},
            "schemas": {name: schema(members) for name, members in schemas.items()},
        },
    }


def main():
    text = json.dumps(document(), separators=(",", ":"))
    if len(sys.argv) == 3 and sys.argv[1] == "--c":
        data = text.encode("ascii")
        lines = [", ".join(str(b) for b in data[i:i + 20]) for i in range(0, len(data), 20)]
        Path(sys.argv[2]).write_text(",\n".join(lines) + "\n", encoding="ascii")
    else:
        print(text)


if __name__ == "__main__":
    main()
