# SPDX-License-Identifier: Apache-2.0
"""The checks find what they are for: each rule with an example that must fail."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import c_source  # noqa: E402
import check_banned  # noqa: E402
import check_docs  # noqa: E402
import check_layers  # noqa: E402


@pytest.mark.parametrize("row, header, allowed", [
    ("vchip", "lib/crypto/crypto.h", True),
    ("vchip", "vchip/part.h", True),
    ("vchip", "lib/wire/so_tlv.h", False),
    ("vchip", "lib/object/seal.h", False),
    ("vchip", "server/vault/vault.h", False),
    ("lib/base", "lib/os/log.h", False),
    ("lib/crypto", "lib/object/ckdf.h", False),
    ("host/cli", "vchip/chip_file.h", True),
    ("host/cli", "vchip/keys.h", False),
    ("server/vault", "server/store/store.h", False),
    ("server/store", "server/net/http.h", False),
    ("server/api", "server/store/store.h", False),
    ("server/core", "server/store/store.h", True),
])
def test_layers_of_our_headers(row, header, allowed):
    assert check_layers.quoted_allowed(row, header) is allowed


@pytest.mark.parametrize("row, header, allowed", [
    ("lib/base", "stdint.h", True),
    ("lib/base", "stdlib.h", False),
    ("lib/wire", "stdio.h", False),
    ("lib/crypto", "openssl/evp.h", True),
    ("server/api", "openssl/evp.h", False),
    ("server/core", "sqlite3.h", False),
    ("server/core", "microhttpd.h", False),
    ("server/store", "libpq-fe.h", True),
])
def test_layers_of_libraries(row, header, allowed):
    assert check_layers.system_allowed(row, header) is allowed


def banned(tmp_path, line):
    file = tmp_path / "x.c"
    file.write_text(line + "\n", encoding="utf-8")
    return [call for _, call, _ in check_banned.findings(file)]


@pytest.mark.parametrize("line, calls", [
    ("    strcpy(a, b);", ["strcpy"]),
    ("    n = atoi(text);", ["atoi"]),
    ("    x = rand ();", ["rand"]),
    ("    if (memcmp(key, given, 32) == 0) {", ["memcmp-secret"]),
    ("    if (memcmp(a, frame->mac, 16) == 0) {", ["memcmp-secret"]),
    ("    if (strcmp(token, given) == 0) {", ["strcmp-secret"]),
    ("    if (strcmp(key, \"name\") == 0) {", []),
    ("    snprintf(a, n, \"strcpy(x)\"); /* sprintf() */", []),
    ("    eg_random(c, out, n);", []),
    ("    ops->system(1);", []),
])
def test_banned_calls(tmp_path, line, calls):
    assert banned(tmp_path, line) == calls


def test_long_functions_are_measured():
    text = "static int f(int a,\n             int b)\n{\n" + "    a++;\n" * 90 + "}\n"
    assert list(c_source.functions(text)) == [("f", 3, 92)]


def test_documents(tmp_path, monkeypatch):
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.md").write_text("# One Two\n", encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text("[good](lib/a.md#one-two) [file](lib/b.md)\n[part](lib/a.md#three)\n"
                    "`lib/a.md` `lib/none.h` `./dev build` `./dev destroy`\n", encoding="utf-8")
    problems = list(check_docs.check_page(page, {"build"}))
    assert problems == [
        "README.md:1: link to lib/b.md: no such file",
        "README.md:2: link to lib/a.md#three: no such heading",
        "README.md:3: `lib/none.h` does not exist",
        "README.md:3: ./dev has no verb destroy",
    ]


def test_every_status_is_in_the_table():
    text = (check_docs.ROOT / "lib/base/status.def").read_text(encoding="utf-8")
    entries = [line for line in text.splitlines() if line.startswith("EG_STATUS(")]
    assert len(list(check_docs.statuses())) == len(entries)
