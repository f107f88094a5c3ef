"""Takes the example descriptions out of RFC texts: sdp-lint/corpus/rfc. Only the SDP is kept.

    /usr/bin/python3 python/tests/sdp/rfc_examples.py FOLDER_OF_RFC_TEXTS

The folder is that of Debian's doc-rfc-std-proposed or any other with rfc8829.txt (or .txt.gz)."""

from __future__ import annotations

import gzip
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

INTO = Path(__file__).resolve().parents[3] / "sdp-lint" / "corpus" / "rfc"
_LINE = re.compile(r"^( {3,6})([a-z]=.*)$")
# The running heads of a page, between which an example goes on.
_PAGE = re.compile(r"^(\S.*\[Page \d+\]|RFC \d+ .* \d{4}|\f.*)$")


def text(folder: Path, number: int) -> list[str]:
    """An RFC's lines without page furniture."""
    plain = folder / f"rfc{number}.txt"
    whole = plain.read_text() if plain.is_file() else \
        gzip.decompress((folder / f"rfc{number}.txt.gz").read_bytes()).decode()
    return [line.rstrip() for line in whole.splitlines() if not _PAGE.match(line.rstrip())]


def examples(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """(section number, SDP lines) of each example."""
    section = ""
    blob: list[str] = []
    for line in [*lines, "end of the text"]:
        if match := _LINE.match(line):
            if match[2] == "v=0" and blob:
                yield section, blob
                blob = []
            if blob or match[2] == "v=0":
                blob.append(match[2])
        elif blob and line.startswith("          ") and line.strip():
            # RFC 8829 folds long lines: between the words of an attribute, and after the colon of a
            # fingerprint.
            blob[-1] += ("" if blob[-1].endswith(":") else " ") + line.strip()
        elif line.strip():
            if blob:
                yield section, blob
                blob = []
            if match := re.match(r"^(\d+(?:\.\d+)*)\.? +[A-Z]", line):
                section = match[1]


def write(folder: Path, number: int, kind: str, lines: list[str]) -> None:
    """One description with the line ends that the RFC prescribes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}-{kind}.sdp").write_bytes(("\r\n".join(lines) + "\r\n").encode())


def _space_subject(lines: list[str]) -> list[str]:
    """RFC 4317 s1: the subject is a single space, which the text format has lost."""
    return ["s= " if line == "s=" else line for line in lines]


def main() -> None:
    """Writes the folder anew. Within a section offers and answers take turns."""
    texts = Path(sys.argv[1])
    shutil.rmtree(INTO, ignore_errors=True)
    seen: dict[str, int] = {}

    def place(name: str) -> int:
        seen[name] = seen.get(name, 0) + 1
        return seen[name]

    for section, blob in examples(text(texts, 8829)):
        name = f"rfc8829/{section}"
        number = place(name)
        write(INTO / name, number, "offer" if number % 2 else "answer", blob)
    for section, blob in examples(text(texts, 4317)):
        name = f"rfc4317/{section}"
        number = place(name)
        write(INTO / name, number, "offer" if number % 2 else "answer", _space_subject(blob))
    for section, blob in examples(text(texts, 3264)):
        name = f"rfc3264/{section}"
        number = place(name)
        write(INTO / name, number, "offer" if number % 2 else "answer", _space_subject(blob))


if __name__ == "__main__":
    main()
