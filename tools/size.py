#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much of a Cortex-M33 the device library takes: code, data and the deepest stack.

Compiles agent/core, what it uses of lib/ and nanopb's runtime with arm-none-eabi-gcc -Os, links them
with every function of include/engrave/agent.h kept and everything unused dropped, and follows the
call graph that the compiler writes. What a port brings (TLS, keys, flash) is not in it."""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nanopb_source

ROOT = Path(__file__).resolve().parents[1]
CC = "arm-none-eabi-gcc"
FLAGS = ["-Os", "-mcpu=cortex-m33", "-mthumb", "-std=c11", "-ffreestanding", "-ffunction-sections",
         "-fdata-sections", "-fstack-usage", "-fcallgraph-info=su", "-Wall", "-Wextra"]
# Both are nanopb's own switches: messages come from memory, and errors are not explained in words.
NANOPB_FLAGS = ["-DPB_BUFFER_ONLY", "-DPB_NO_ERRMSG"]
LIMIT_TEXT = 16 * 1024
LIMIT_STACK = 4 * 1024
SKIPPED = 77  # exit code that ctest counts as skipped

# NXP's agent 6.4.1, its objects alone, same processor and -Os (docs/protocol/device-session.md).
REFERENCE = [("NXP, logs compiled out", 23347, 40, 0), ("NXP, with logs", 42701, 40, 0)]
REFERENCE_STACK = 18 * 1024

# Calls through pointers, which the graph does not see: where they lead, by function, else by file.
# An empty list: to an operation of include/engrave/agent.h, whose stack is the port's, not ours.
KEYS = ["do_import", "do_destroy", "do_remove", "do_nothing"]
STORES = ["do_allocate", "do_write", "do_commit"]
POINTERS = {
    "agent_do_keys": KEYS, "agent_do_store": STORES, "run": KEYS + STORES,
    **{path.name: [] for path in (ROOT / "agent/core").glob("*.c")},
    "session_leaf.c": ["put_hello", "put_version", "put_status", "put_crl"],
    "session_request_read.c": ["read_hello", "read_goodbye", "read_crl", "read_store", "read_psa"],
    "pb_decode.c": ["pb_default_field_callback"],
    "pb_common.c": ["bytes_in"],
}
# Calls of nanopb that need a submessage or an extension in a table; ours hold neither (checked).
CUT = {("pb_dec_submessage", "pb_decode_inner"), ("decode_basic_field", "pb_decode_inner"),
       ("decode_extension", "decode_field"), ("default_extension_decoder", "decode_field"),
       ("pb_decode_inner", "default_extension_decoder"),
       ("decode_field", "pb_message_set_to_defaults"),
       ("pb_message_set_to_defaults", "pb_message_set_to_defaults")}


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True,
                          cwd=ROOT).stdout


def sources(out, nanopb):
    """(source, object) of everything that goes onto the device."""
    run("nanopb_generator.py", "-q", "-I", "lib/wire/session", "-D", out / "lib/wire/session",
        "lib/wire/session/session.proto")
    table = out / "lib/wire/session/session.pb.c"
    tables = re.findall(r"^X\(a, +\w+, +\w+, +(\w+), ", table.with_suffix(".h").read_text(
        encoding="utf-8"), re.M)
    if not tables or {"MESSAGE", "MSG_W_CB", "EXTENSION"} & set(tables):
        sys.exit("size: a table of session.proto holds another message; see CUT")
    files = [*sorted((ROOT / "agent/core").glob("*.c")),
             *sorted((ROOT / "lib/wire/session").glob("*.c")),
             ROOT / "lib/base/span.c", ROOT / "lib/base/secret.c", table,
             *(nanopb / name for name in ("pb_common.c", "pb_decode.c", "pb_encode.c"))]
    return [(f, out / "obj" / (f.name + ".o")) for f in files]


def compile_all(out, nanopb):
    shutil.rmtree(out / "obj", ignore_errors=True)
    (out / "obj").mkdir(parents=True)
    (out / "lib/wire/session").mkdir(parents=True, exist_ok=True)
    pairs = sources(out, nanopb)
    for source, obj in pairs:
        run(CC, *FLAGS, *NANOPB_FLAGS, f"-I{nanopb}", f"-I{ROOT}", f"-I{ROOT / 'include'}",
            f"-I{out}", "-c", source, "-o", obj)
    return [obj for _, obj in pairs]


def calls_of(header):
    """Functions that a public header declares."""
    text = (ROOT / "include/engrave" / header).read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^(?:\w+ )+\*?(eg_agent_\w+)\(", text, re.M)))


def link(out, objects, keep, name):
    """ELF with the functions in keep and what they need; memcpy and the like come from newlib."""
    elf = out / name
    run(CC, "-mcpu=cortex-m33", "-mthumb", "-nostartfiles", "--specs=nano.specs",
        "-Wl,--gc-sections", f"-Wl,-e,{keep[0]}", *(f"-Wl,-u,{k}" for k in keep), *objects,
        "-o", elf)
    return elf


def totals(elf):
    text, data, bss = run("arm-none-eabi-size", elf).splitlines()[1].split()[:3]
    return int(text), int(data), int(bss)


def functions(elf):
    rows = (line.split() for line in run("arm-none-eabi-nm", "-S", "--size-sort", elf).splitlines())
    return sorted(((int(r[1], 16), r[3]) for r in rows if len(r) == 4 and r[2] in "tTrRwW"),
                  reverse=True)


# ---- stack ---------------------------------------------------------------------------------------

def short(title):
    """Name without file and without the compiler's suffixes (.constprop.0, .part.0, .isra.0)."""
    return title.rsplit(":", 1)[-1].split(".")[0] if not title.endswith("__indirect_call") \
        else "__indirect_call"


def graph(out, alive):
    """Frames and files by node, and calls, of the functions that the linked image holds."""
    frames, homes, calls = {}, {}, {}
    for ci in sorted((out / "obj").glob("*.ci")):
        text = ci.read_text(encoding="utf-8")
        nodes = re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*\([^"]*)"', text)
        if not any(":" not in title and title in alive for title, _ in nodes):
            continue  # nothing of this file was linked; its static functions share names with others
        for title, label in nodes:
            size = re.search(r"(\d+) bytes \((\S+)\)", label)
            if size and short(title) in alive:
                if not size.group(2).startswith("static"):
                    sys.exit(f"size: the stack of {title} has no fixed size")
                frames[title], homes[title] = int(size.group(1)), ci.name[:-len(".ci")]
        for a, b in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            calls.setdefault(a, set()).add(b)
    return frames, homes, calls


def pointer_targets(node, homes):
    for key in (short(node), homes[node]):
        if key in POINTERS:
            return POINTERS[key]
    sys.exit(f"size: {short(node)} of {homes[node]} calls through a pointer; POINTERS does not say "
             "where to")


def deepest(frames, homes, calls):
    """(bytes, path) of the deepest call from each function; recursion ends the program."""
    by_name, known, open_calls = {}, {}, []
    for node in frames:
        by_name.setdefault(short(node), []).append(node)

    def targets(node):
        for target in sorted(calls.get(node, ())):
            if target == "__indirect_call":
                for name in pointer_targets(node, homes):
                    yield from by_name.get(name, ())
            elif target in frames and (short(node), short(target)) not in CUT:
                yield target

    def visit(node):
        if node in open_calls:
            cycle = " > ".join(short(n) for n in [*open_calls[open_calls.index(node):], node])
            sys.exit(f"size: recursion: {cycle}")
        if node not in known:
            open_calls.append(node)
            below = max(map(visit, targets(node)), default=(0, []))
            open_calls.pop()
            known[node] = (frames[node] + below[0], [node, *below[1]])
        return known[node]

    return {node: visit(node) for node in frames}


# ---- report --------------------------------------------------------------------------------------

def show(rows, figures, best, frames):
    print("device library, Cortex-M33, gcc -Os, without TLS and crypto\n")
    print(f"  {'':44}{'text':>8}{'data':>7}{'bss':>6}{'stack':>7}")
    for label, text, data, bss, stack in rows:
        print(f"  {label:44}{text:8}{data:7}{bss:6}{stack:>7}")
    print("\n  largest functions and tables (bytes)")
    for size, name in figures[:15]:
        print(f"    {size:6}  {name}")
    print("\n  deepest stack (bytes of each frame)")
    for node in best[1]:
        print(f"    {frames[node]:6}  {short(node)}")


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "build/size").resolve()
    try:
        nanopb = nanopb_source.fetch(out)
    except subprocess.CalledProcessError as error:
        print(f"size: nanopb's source package cannot be fetched: {error}", file=sys.stderr)
        return SKIPPED
    objects = compile_all(out, nanopb)
    words = {"eg_agent_result_text", "eg_agent_status_text"}
    api = calls_of("agent.h")
    core = link(out, objects, [f for f in api if f not in words], "agent.elf")
    whole = link(out, objects, api + calls_of("agent_claim.h"), "agent-all.elf")
    text, data, bss = totals(core)
    frames, homes, calls = graph(out, {name.split(".")[0] for _, name in functions(core)})
    best = max(deepest(frames, homes, calls).values())
    rows = [("core, messages, nanopb", text, data, bss, best[0]),
            ("same, with words for people and claim blobs", *totals(whole), ""),
            *((*r, "") for r in REFERENCE)]
    rows[-1] = (*rows[-1][:4], REFERENCE_STACK)
    show(rows, functions(core), best, frames)
    (out / "agent.json").write_text(json.dumps(
        {"text_bytes": text, "data_bytes": data, "bss_bytes": bss, "stack_bytes": best[0]},
        indent=2) + "\n", encoding="utf-8")
    if text >= LIMIT_TEXT or best[0] >= LIMIT_STACK:
        sys.exit(f"size: the limits are {LIMIT_TEXT} bytes of text and {LIMIT_STACK} of stack")
    return 0


if __name__ == "__main__":
    sys.exit(main())
