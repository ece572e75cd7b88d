#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Fail when a document points at something that is not there.

  links        [text](path#heading) in Markdown: file and heading exist
  paths        `folder/file` in Markdown, and docs/*.md named anywhere in the sources, exist
  verbs        `./dev VERB` names a verb of ./dev
  error codes  docs/errors.md is what lib/base/status.def says; --write makes it so
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOPS = ("agent", "docs", "families", "host", "include", "lib", "packaging", "server", "tests",
        "tools", "vchip", "changes.d")
ERRORS = ROOT / "docs" / "errors.md"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:" + "|".join(re.escape(t) for t in TOPS) + r")/[\w./-]+)`")
DOC = re.compile(r"\bdocs/[\w/-]+(?:\.[\w-]+)*\.md\b")
VERB = re.compile(r"`\./dev ([a-z-]+)")
STATUS = re.compile(r'EG_STATUS\((\w+), (\w+), (\w+), (\d+),\s*((?:"(?:\\.|[^"\\])*"[\s,]*)+)\)')


def files(*patterns):
    """Files of the project below its own folders and in its root; nothing from build/."""
    for pattern in patterns:
        yield from ROOT.glob(pattern)
        for top in TOPS:
            yield from (ROOT / top).rglob(pattern)


def slug(heading):
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def headings(path):
    return {slug(h) for h in re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), re.M)}


def check_link(page, target):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (page.parent / path) if path else page
    if not file.exists():
        return f"link to {target}: no such file"
    if anchor and file.suffix == ".md" and anchor not in headings(file):
        return f"link to {target}: no such heading"
    return None


def check_page(page, verbs):
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{page.relative_to(ROOT)}:{number}: "
        for target in LINK.findall(line):
            problem = check_link(page, target)
            if problem:
                yield where + problem
        for path in PATH.findall(line):
            if not (ROOT / path).exists():
                yield f"{where}`{path}` does not exist"
        for verb in VERB.findall(line):
            if verb not in verbs:
                yield f"{where}./dev has no verb {verb}"


def check_mentions(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for doc in DOC.findall(line):
            if not (ROOT / doc).exists():
                yield f"{path.relative_to(ROOT)}:{number}: {doc} does not exist"


def dev_verbs():
    text = (ROOT / "dev").read_text(encoding="utf-8")
    return set(re.findall(r"^  ([a-z-]+) ", text, re.M))


def statuses():
    """(category, code, cause, next) of every entry, in the order of status.def."""
    text = (ROOT / "lib/base/status.def").read_text(encoding="utf-8")
    for match in STATUS.finditer(text):
        joined = re.sub(r'"\s+"', "", match.group(5))
        code, cause, following = re.findall(r'"((?:\\.|[^"\\])*)"', joined)
        yield match.group(2), code, cause.replace('\\"', '"'), following.replace('\\"', '"')


def http_by_category():
    text = (ROOT / "lib/base/status.c").read_text(encoding="utf-8")
    rows = re.findall(r'\[EG_CAT_(\w+)\] = \{"[^"]*", (\d+), (\d+),', text)
    return {category: (http, code) for category, http, code in rows}


def errors_page():
    """docs/errors.md as it should be."""
    kinds = http_by_category()
    lines = ["# Errors", "",
             "Every refusal there is, made from `lib/base/status.def` by `tools/check_docs.py"
             " --write`. Codes are stable: a client may rely on them. HTTP is the answer of the"
             " service, exit the code of the command-line programs (1: some devices failed, 2: wrong"
             " use of the command line).", "",
             "| code | HTTP | exit | cause | next step |", "|---|---|---|---|---|"]
    for category, code, cause, following in sorted(statuses(), key=lambda s: s[1]):
        http, leave = kinds[category]
        lines.append(f"| `{code}` | {http} | {leave} | {cause} | {following} |")
    return "\n".join(lines) + "\n"


def check_errors():
    if not ERRORS.exists() or ERRORS.read_text(encoding="utf-8") != errors_page():
        yield "docs/errors.md: not what lib/base/status.def says; run tools/check_docs.py --write"


def main(arguments):
    if arguments == ["--write"]:
        ERRORS.write_text(errors_page(), encoding="utf-8")
    verbs = dev_verbs()
    pages = sorted(set(files("*.md")))
    sources = sorted(set(files("*.[ch]", "*.def", "*.py", "*.ini", "*.cmake", "*.service")))
    problems = [p for page in pages for p in check_page(page, verbs)]
    problems += [p for source in sources + pages for p in check_mentions(source)]
    problems += check_errors()
    print("\n".join(sorted(set(problems))) or
          f"documents: {len(pages)} pages, {len(sources)} sources")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
