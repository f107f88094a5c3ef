"""Running programs: what they leave behind, and that nothing is left of them."""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from portolan import Error, find_executable, run, run_report
from portolan.report import ExitCode

from .test_report import SAMPLE


def program(directory: Path, body: str, name: str = "nat-probe") -> Path:
    """An executable in Python."""
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\nimport os, subprocess, sys, time\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build directory with its bin folder, named by PORTOLAN_BUILD."""
    monkeypatch.setenv("PORTOLAN_BUILD", str(tmp_path))
    return tmp_path / "bin"


def has_ended(pid: int) -> bool:
    """Gone, or waiting to be collected."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_run_keeps_what_a_program_left(build: Path) -> None:
    """Exit code, both streams, arguments, input and environment."""
    program(build, "print(sys.argv[1:], sys.stdin.read(), os.environ['EXTRA'])\n"
                   "print('oh', file=sys.stderr)\nsys.exit(3)")
    done = run("nat-probe", "--x", Path("/y"), stdin="in", env={"EXTRA": "1"})
    assert (done.exit_code, done.outcome) == (3, ExitCode.Inconclusive)
    assert done.stdout == "['--x', '/y'] in 1\n" and done.stderr == "oh\n"
    assert done.argv[0] == str(build / "nat-probe") and done.duration > timedelta(0)


def test_report_is_read_from_standard_output(build: Path) -> None:
    """Asked for as JSON."""
    program(build, f"assert sys.argv[-2:] == ['--format', 'json']\nprint({SAMPLE!r}, end='')")
    done = run_report("nat-probe", "--family", "4")
    assert done.report.tool.name == "nat-probe" and done.outcome == ExitCode.Ok


@pytest.mark.parametrize(("body", "code"), [
    ("print('nat-probe: error: no', file=sys.stderr); sys.exit(2)", "tools.no-report"),
    ("pass", "tools.no-report"), ("print('no JSON')", "json."),
    ("os.abort()", "tools.exit-code"), ("sys.exit(77)", "tools.exit-code")])
def test_no_report_is_an_error(build: Path, body: str, code: str) -> None:
    """Usage errors, silence, other output and crashes."""
    program(build, body)
    with pytest.raises(Error) as caught:
        run_report("nat-probe")
    assert caught.value.code.startswith(code)


def test_timeout_ends_the_program_and_its_children(build: Path, tmp_path: Path) -> None:
    """Also those that hold its output open."""
    pids = tmp_path / "pids"
    program(build, f"child = subprocess.Popen(['sleep', '60'])\n"
                   f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
                   "time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(Error, match="tools.timeout"):
        run("nat-probe", timeout=timedelta(seconds=5))
    assert time.monotonic() - started < 10
    assert all(has_ended(int(pid)) for pid in pids.read_text().split())


def test_named_build_is_the_only_place(build: Path, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program must not be taken from elsewhere unnoticed."""
    elsewhere = program(tmp_path / "elsewhere", "", "some-tool")
    monkeypatch.setenv("PATH", str(elsewhere.parent), prepend=os.pathsep)
    with pytest.raises(Error, match="tools.not-found") as caught:
        find_executable("some-tool")
    assert "PORTOLAN_BUILD" in caught.value.hint
    monkeypatch.delenv("PORTOLAN_BUILD")
    assert find_executable("some-tool") == elsewhere


def test_path_needs_no_search(tmp_path: Path) -> None:
    """And one that cannot be started is an error."""
    assert run(str(program(tmp_path, "print(1)"))).stdout == "1\n"
    with pytest.raises(Error, match="tools.not-started"):
        run(str(tmp_path / "missing"))
