"""What README.md shows is what the programs do: commands, output, options, exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from binaries import REPOSITORY, Outcome, Program, build_directory

from .commands import run
from .conftest import WorldMaker
from .dns64 import Dns64
from .nat_kinds import BY_ID
from .topology import PORT, SPARE, Internet, ServerAddresses, World
from .turn_relay import PASSWORD, USER, CoturnRelay

README = (REPOSITORY / "README.md").read_text()
TOOLS = ("nat-probe", "ice-test", "nat-sim", "sdp-lint", "nat-report")
CORPUS = REPOSITORY / "sdp-lint" / "corpus"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
NAME = "stun.example.org"


def commands_in(language: str) -> list[str]:
    """The lines of shell blocks that name a tool, without comments and prompts."""
    lines = [line for kind, body in BLOCKS if kind == language for line in body.splitlines()]
    return [command for line in lines
            if (command := re.sub(r"\s+#.*", "", line.removeprefix("$ ")))
            and command.split()[0] in TOOLS]


def console_sessions() -> list[tuple[str, list[str]]]:
    """Each command of a console block with the output under it."""
    found: list[tuple[str, list[str]]] = []
    for kind, body in BLOCKS:
        for line in body.splitlines() if kind == "console" else ():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def masked(line: str) -> str:
    """A line without what differs from run to run: numbers, and how wide they made it."""
    return " ".join(re.sub(r"\d+(?:[.:e-]+\d+)*", "N", line).split())


def shape(lines: list[str]) -> str:
    """As one text, because longer numbers wrap elsewhere; a line `...` stands for anything."""
    return "\n".join(part for part in (
        " ".join(map(masked, chunk.splitlines())).strip()
        for chunk in re.split(r"^\s*\.\.\.$", "\n".join(lines), flags=re.MULTILINE)))


class Reader:
    """Somebody who types what README.md says, behind the NAT that it describes."""

    def __init__(self, world: World, directory: Path) -> None:
        self._world = world
        self._directory = directory
        resolv_conf = directory / "resolv.conf"
        resolv_conf.write_text("nameserver 192.168.1.1\noptions attempts:1\n")
        self._resolved = ["sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                          str(resolv_conf)]

    def types(self, argv: list[str]) -> Outcome:
        """Runs it with the build's programs and package on the paths."""
        build = build_directory()
        result = run(
            self._world.client.prefix([*self._resolved, *argv]), check=False,
            cwd=self._directory,
            env={"PATH": f"{build / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                 "PYTHONPATH": str(build / "python"), "PYTHONDONTWRITEBYTECODE": "1"})
        return Outcome(result.returncode, result.stdout, result.stderr)


def describe(directory: Path) -> None:
    """The descriptions that README.md lints, and a dump that holds two."""
    offer = shutil.copy(CORPUS / "examples" / "offer.sdp", directory)
    answer = shutil.copy(CORPUS / "captures" / "chrome-chrome" / "av" / "2-answer.sdp",
                         directory / "answer.sdp")
    log = [{"type": action, "value": f"type: {kind}, sdp: {Path(path).read_bytes().decode()}"}
           for action, kind, path in (("setLocalDescription", "offer", offer),
                                      ("setRemoteDescription", "answer", answer))]
    (directory / "webrtc_internals_dump.txt").write_text(
        json.dumps({"PeerConnections": {"1-1": {"updateLog": log}}}))


@pytest.fixture(scope="module")
def relay(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A coturn with relays, and what an application is given for it."""
    with CoturnRelay(internet, SPARE, tmp_path_factory.mktemp("relay")):
        urls = [f"turn:{SPARE.v4[0]}:{PORT}?transport={name}" for name in ("udp", "tcp")]
        yield json.dumps({"iceServers": [
            {"urls": urls, "username": USER, "credential": PASSWORD}]})


@pytest.fixture
def reader(make_world: WorldMaker, coturn: ServerAddresses, relay: str, tmp_path: Path,
           nat_probe: Program, ice_test: Path) -> Iterator[Reader]:
    """Behind Linux masquerading, with a coturn on the far side that has a name."""
    assert nat_probe.path.parent == ice_test.parent
    world = make_world(BY_ID["masquerade"])
    with Dns64(world.routers[0], "192.168.1.1", None, {NAME: coturn.v4}):
        describe(tmp_path)
        (tmp_path / "ice.json").write_text(relay)
        yield Reader(world, tmp_path)


def test_there_is_something_to_test() -> None:
    """Otherwise the tests below could not fail."""
    assert len(commands_in("sh")) >= 5
    assert len(console_sessions()) >= 1
    assert any(kind == "python" for kind, _ in BLOCKS)


def test_shell_commands_work_as_written(reader: Reader) -> None:
    """One after the other: they share a folder."""
    for command in commands_in("sh"):
        outcome = reader.types(shlex.split(command))
        assert outcome.exit_code in (0, 1), (command, outcome)
        assert outcome.out or "--output" in command, command
        assert "warning" not in outcome.err, (command, outcome)


@pytest.mark.parametrize(("command", "expected"), console_sessions())
def test_console_output_has_the_shape_shown(command: str, expected: list[str], reader: Reader
                                            ) -> None:
    """Every word but the numbers, in this order; `...` leaves something out."""
    outcome = reader.types(shlex.split(command))
    assert outcome.exit_code == (1 if command.startswith("sdp-lint") else 0), outcome
    seen = shape(outcome.out.splitlines())
    at = 0
    for part in shape(expected).split("\n"):
        found = seen.find(part, at)
        assert found >= 0, f"{part!r} is not in {seen[at:]!r}"
        at = found + len(part)
    assert at == len(seen), f"README.md ends before {seen[at:]!r}"


def test_bug_turns_one_clause_red(reader: Reader) -> None:
    """The script as a whole: green without the bug, and with it red for that clause alone."""
    (body,) = [body for kind, body in BLOCKS if kind == "bash"]
    outcome = reader.types(["bash", "-e", "-c", f"ip link set lo up\n{body}wait"])
    assert outcome.exit_code == 0, outcome
    sound, wrong = outcome.out.split("were not run.")[0::2][:2]
    assert "0 of " in sound and "red, as it should be" in outcome.out
    failures = re.findall(r"^  (?:FAIL|warn) +(.*?)  ", outcome.out, re.MULTILINE)
    assert set(failures) == {"Deletion of an allocation"} and len(failures) == 2, outcome.out
    assert outcome.out.index("FAIL") > len(sound), wrong


@pytest.mark.parametrize("body", [body for kind, body in BLOCKS if kind == "python"])
def test_python_snippets_run(body: str, reader: Reader) -> None:
    """With the package of this build."""
    outcome = reader.types(["/usr/bin/python3", "-c", body])
    assert (outcome.exit_code, outcome.out) == (0, "0\n"), outcome.err


def help_of(nat_probe: Program, ice_test: Path, nat_sim: Program, sdp_lint: Program,
            nat_report: Program) -> str:
    """Of all tools and all their commands."""
    pages = [nat_probe("--help"), nat_probe("audit-server", "--help"),
             nat_probe("explain", "--help"), nat_probe("report", "--help"), Program(ice_test)("serve", "--help"),
             Program(ice_test)("turn", "--help"), sdp_lint("--help"),
             *(nat_sim(command, "--help") for command in
               ("call", "run", "matrix", "probe", "presets", "conformance")),
             *(nat_report(command, "--help") for command in
               ("render", "merge", "diff", "history"))]
    assert all(page.exit_code == 0 for page in pages)
    return "\n".join(page.out for page in pages)


def test_options_named_are_options(nat_probe: Program, ice_test: Path, nat_sim: Program,
                                   sdp_lint: Program, nat_report: Program) -> None:
    """In code spans and in commands."""
    spans = [span for span in re.findall(r"`([^`\n]+)`", README)
             if span.startswith(("--", *TOOLS))]
    named = {option for text in [*spans, *commands_in("sh"), *commands_in("console")]
             for option in re.findall(r"(?<!\S)--[a-z-]+", text)}
    assert len(named) >= 8
    offered = set(re.findall(r"--[a-z-]+", help_of(nat_probe, ice_test, nat_sim, sdp_lint,
                                                        nat_report)))
    assert named <= offered, named - offered


def plain(text: str) -> str:
    """Without typography."""
    return " ".join(text.replace("`", "").lower().split()).rstrip(".")


def test_exit_codes_are_those_of_the_help(nat_probe: Program, ice_test: Path) -> None:
    """The table, row by row; a command without a report has only its own."""
    table = {code: plain(meaning)
             for code, meaning in re.findall(r"^\| (\d) \| (.+) \|$", README, re.MULTILINE)}

    def in_help(page: str) -> dict[str, str]:
        section = page.split("Exit status:\n")[1].split("\n\n")[0]
        return {row[0]: plain(row[3:]) for row in re.split(r"^  (?=\d  )", section,
                                                           flags=re.MULTILINE) if row}

    assert table == in_help(nat_probe("--help").out)
    assert table == in_help(nat_probe("audit-server", "--help").out)
    assert set(in_help(Program(ice_test)("serve", "--help").out)) == {"0", "2"}
    assert table == in_help(Program(ice_test)("--help").out), "what any of its commands ends with"
