"""Turns the rows of catalogue/*.json into codes.hpp and catalogue_rows.cpp."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

PROFILES = {"webrtc": 0, "jsep-strict": 1, "sip": 2, "broadcast": 3}
SEVERITIES = {"off": "Off", "info": "Info", "warning": "Warning", "error": "Error"}
FIXES = {"none": "None", "safe": "Safe", "unsafe": "Unsafe"}
SCOPES = {"blob": "Blob", "pair": "Pair", "session": "Session", "munging": "Munging"}
BROWSERS = ["chrome", "firefox", "safari"]
VERDICTS = {"unknown": "Unknown", "accepts": "Accepts", "ignores": "Ignores", "rejects": "Rejects"}
# Those that every row has.
REQUIRED = {"code", "name", "title", "why", "advice", "severity", "reference", "fix", "scope"}
OPTIONAL = {"targets", "note", "fragment"}
TARGET_KEYS = {"when", "in", "as", "lacks", "verdict", "message"}
PARTS = {"": "Any", "session": "Session", "media": "Media", "bundled": "Bundled",
         "first": "First"}
KINDS = {"": "Any", "offer": "Offer", "answer": "Answer"}

Row = dict[str, Any]


def targets_of(row: Row, browser: str) -> list[dict[str, str]]:
    """One verdict, or a list of which the first whose "when" matches the line holds."""
    found = row.get("targets", {}).get(browser, [])
    return found if isinstance(found, list) else [found]


class BadRow(Exception):
    """A row that does not say what it must."""


def check(row: Row, where: str) -> None:
    """Everything that the generated code takes for granted."""
    missing = REQUIRED - row.keys()
    unknown = row.keys() - REQUIRED - OPTIONAL
    if missing or unknown:
        raise BadRow(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    if not re.fullmatch(r"[A-Z]{2}\d{3}", row["code"]):
        raise BadRow(f"{where}: a code is two capitals and three digits")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"]):
        raise BadRow(f"{where}: a name is lower-case words joined by hyphens")
    for key in ("title", "why", "advice"):
        if not isinstance(row[key], str) or not row[key]:
            raise BadRow(f"{where}: {key} is empty")
    if set(row["severity"]) != set(PROFILES):
        raise BadRow(f"{where}: a severity for each of {sorted(PROFILES)}")
    if not set(row["severity"].values()) <= set(SEVERITIES):
        raise BadRow(f"{where}: severities are {sorted(SEVERITIES)}")
    if row["fix"] not in FIXES or row["scope"] not in SCOPES:
        raise BadRow(f"{where}: fix is one of {sorted(FIXES)}, scope of {sorted(SCOPES)}")
    if not isinstance(row["reference"], list) or not row["reference"]:
        raise BadRow(f"{where}: no reference")
    for browser in row.get("targets", {}):
        if browser not in BROWSERS:
            raise BadRow(f"{where}: {browser} is not one of {BROWSERS}")
        for target in targets_of(row, browser):
            if (target.get("verdict") not in VERDICTS or target.keys() - TARGET_KEYS
                    or target.get("in", "") not in PARTS
                    or target.get("as", "") not in KINDS):
                raise BadRow(f"{where}: bad target {browser}")


def load(folder: Path) -> list[Row]:
    """All rows, sorted by code, with their group."""
    rows: list[Row] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for position, row in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            where = f"{path.name}[{position}] {row.get('code', '?')}"
            check(row, where)
            for key in (row["code"], row["name"]):
                if key in seen:
                    raise BadRow(f"{where}: {key} is already that of {seen[key]}")
                seen[key] = where
            rows.append({**row, "group": path.stem})
    return sorted(rows, key=lambda row: str(row["code"]))


def quoted(text: str) -> str:
    """A C++ string literal."""
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 0x20 <= byte < 0x7F:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def header(rows: list[Row]) -> str:
    """codes.hpp"""
    codes = "".join(f"    {row['code']},\n" for row in rows)
    return ("// Made by embed_catalogue.py from catalogue/*.json.\n#pragma once\n\n"
            "#include <cstddef>\n#include <cstdint>\n\nnamespace portolan::lint {\n\n"
            f"enum class Code : std::uint16_t {{\n{codes}}};\n\n"
            f"inline constexpr std::size_t kCodeCount = {len(rows)};\n\n"
            "}  // namespace portolan::lint\n")


def source(rows: list[Row]) -> str:
    """catalogue_rows.cpp"""
    references = []
    entries = []
    for row in rows:
        code = row["code"]
        listed = ", ".join(quoted(text) for text in row["reference"])
        references.append(f"constexpr std::string_view k{code}[] = {{{listed}}};\n")
        severities = ", ".join(f"Severity::{SEVERITIES[row['severity'][profile]]}"
                               for profile in PROFILES)
        browsers = []
        for browser in BROWSERS:
            cells = [f"{{{quoted(target.get('when', ''))}, "
                     f"LinePart::{PARTS[target.get('in', '')]}, "
                     f"ToldAs::{KINDS[target.get('as', '')]}, "
                     f"{quoted(target.get('lacks', ''))}, "
                     f"BrowserVerdict::{VERDICTS[target['verdict']]}, "
                     f"{quoted(target.get('message', ''))}}}"
                     for target in targets_of(row, browser)]
            if not cells:
                browsers.append("{}")
                continue
            name = f"k{code}{browser.capitalize()}"
            references.append(f"constexpr BrowserRow {name}[] = {{{', '.join(cells)}}};\n")
            browsers.append(name)
        entries.append(
            f"    {{Code::{code}, {quoted(code)}, {quoted(row['name'])}, {quoted(row['group'])},\n"
            f"     {quoted(row['title'])},\n     {quoted(row['why'])},\n"
            f"     {quoted(row['advice'])},\n     {{{severities}}}, k{code},\n"
            f"     FixSafety::{FIXES[row['fix']]}, Scope::{SCOPES[row['scope']]}, "
            f"{'true' if row.get('fragment', False) else 'false'},\n"
            f"     {{{{{', '.join(browsers)}}}}},\n     {quoted(row.get('note', ''))}}},\n")
    table = (f"constexpr std::array<CatalogueRow, {len(rows)}> kRows{{{{\n{''.join(entries)}}}}};\n"
             if rows else "constexpr std::array<CatalogueRow, 0> kRows{};\n")
    return ("// Made by embed_catalogue.py from catalogue/*.json.\n"
            '#include "sdp-lint/rules/catalogue.hpp"\n\n#include <array>\n\n'
            "namespace portolan::lint {\n\nnamespace {\n\n"
            f"{''.join(references)}\n{table}\n}}  // namespace\n\n"
            "std::span<const CatalogueRow> catalogue() {\n    return kRows;\n}\n\n"
            "}  // namespace portolan::lint\n")


def write_if_changed(path: Path, text: str) -> None:
    """An unchanged header must not rebuild everything."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """embed_catalogue.py CATALOGUE_FOLDER OUTPUT_FOLDER"""
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        rows = load(folder)
    except (BadRow, json.JSONDecodeError) as problem:
        print(f"embed_catalogue.py: {problem}", file=sys.stderr)
        return 1
    write_if_changed(output / "codes.hpp", header(rows))
    write_if_changed(output / "catalogue_rows.cpp", source(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
