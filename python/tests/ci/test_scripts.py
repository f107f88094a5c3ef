"""The shell scripts say what is missing, stop at the first failure, and name it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import REPOSITORY, TreeMaker


def script(root: Path, name: str, tools: dict[str, str], *arguments: str
           ) -> subprocess.CompletedProcess[str]:
    """Runs a copy of a script with some programs replaced by shell one-liners."""
    (root / "ci").mkdir(exist_ok=True)
    shutil.copy(REPOSITORY / "ci" / name, root / "ci" / name)
    shims = root / "shims"
    shims.mkdir(exist_ok=True)
    for tool, body in tools.items():
        (shims / tool).write_text(f"#!/bin/sh\n{body}\n")
        (shims / tool).chmod(0o755)
    return subprocess.run(["sh", str(root / "ci" / name), *arguments], capture_output=True,
                          text=True, check=False, timeout=60,
                          env={**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"})


PACKAGES = {"ci/packages.txt":
            "# why\n[build]  # group\nalpha # one\nbeta\n\n[test]\ngamma # three\n"}
# dpkg-query is asked for one package as its last argument.
ONLY_ALPHA = 'for last; do :; done; [ "$last" = alpha ] && printf installed || exit 1'


def test_setup_is_quiet_when_nothing_is_missing(make_tree: TreeMaker) -> None:
    """So that it can stand at the beginning of everything."""
    result = script(make_tree(PACKAGES), "setup.sh", {"dpkg-query": "printf installed"})
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_setup_without_root_prints_the_line_to_run(make_tree: TreeMaker) -> None:
    """Exactly what is missing, and exit code 2."""
    tools = {"dpkg-query": ONLY_ALPHA, "apt-get": "exit 9", "id": "echo 1000"}
    result = script(make_tree(PACKAGES), "setup.sh", tools)
    assert result.returncode == 2
    assert "  sudo apt-get install -y --no-install-recommends beta gamma\n" in result.stderr
    one_group = script(make_tree(PACKAGES), "setup.sh", tools, "test")
    assert "--no-install-recommends gamma\n" in one_group.stderr


def test_setup_with_root_updates_only_when_needed(make_tree: TreeMaker) -> None:
    """The first installation fails as on a machine without package lists."""
    root = make_tree(PACKAGES)
    tools = {
        "id": "echo 0",
        "dpkg-query": f'[ -e {root}/done ] && printf installed || exit 1',
        "apt-get": f'echo "$1" >>{root}/calls\n'
                   f'[ "$1" = update ] && touch {root}/updated && exit 0\n'
                   f'[ -e {root}/updated ] && touch {root}/done || exit 100',
    }
    result = script(root, "setup.sh", tools)
    assert result.returncode == 0, result.stderr
    assert "installing alpha beta gamma" in result.stdout
    assert (root / "calls").read_text().split() == ["install", "update", "install"]


def test_setup_that_did_not_help_fails(make_tree: TreeMaker) -> None:
    """apt-get can succeed without having installed anything."""
    result = script(make_tree(PACKAGES), "setup.sh",
                    {"id": "echo 0", "dpkg-query": "exit 1", "apt-get": "exit 0"})
    assert result.returncode == 2
    assert "still missing" in result.stderr


def test_setup_takes_what_another_package_provides(make_tree: TreeMaker) -> None:
    """An upstream nodejs stands in for npm, and would refuse Debian's beside it."""
    listing = r"""for last; do :; done
case $last in -f=*) printf 'installed,beta, gamma (= 1)\ninstalled,\n' ;;
alpha) printf installed ;; *) exit 1 ;; esac"""
    result = script(make_tree(PACKAGES), "setup.sh", {"dpkg-query": listing, "apt-get": "exit 9"})
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


NPM = {"ci/npm/package.json": "{}", "ci/npm/package-lock.json": '{"lock": 1}'}


def test_npm_packages_are_fetched_once(make_tree: TreeMaker) -> None:
    """Without install scripts, and again only when the lock file has changed."""
    root = make_tree(NPM)
    tools = {"npm": f'echo "$@" >>{root}/calls'}
    for _ in range(2):
        assert script(root, "npm/fetch.sh", tools).returncode == 0
    assert (root / "calls").read_text().count("ci --prefix") == 1
    assert "--ignore-scripts" in (root / "calls").read_text()
    (root / "ci/npm/package-lock.json").write_text('{"lock": 2}')
    assert script(root, "npm/fetch.sh", tools).returncode == 0
    assert (root / "calls").read_text().count("ci --prefix") == 2


def test_unreachable_npm_registry_is_said(make_tree: TreeMaker) -> None:
    """With npm's own words, and nothing that looks fetched is left."""
    root = make_tree(NPM)
    result = script(root, "npm/fetch.sh", {"npm": "echo no such host >&2; exit 1"})
    assert result.returncode == 2
    assert "no such host" in result.stderr
    assert not (root / "build/npm/fetched-lock.json").exists()


def test_setup_refuses_unknown_groups(make_tree: TreeMaker) -> None:
    """A group that selects nothing installs nothing."""
    assert script(make_tree(PACKAGES), "setup.sh", {}, "nonsense").returncode == 2


@pytest.mark.parametrize(("tool", "body", "step"), [
    ("clang-format", "echo ugly; exit 1", "formatting"),
    ("cmake", "echo no such preset; exit 1", "configure release"),
    ("ctest", "echo 3 tests failed; exit 8", "unit tests release"),
])
def test_failing_step_is_named_at_once(make_tree: TreeMaker, tool: str, body: str,
                                       step: str) -> None:
    """Its output is shown and nothing runs after it."""
    root = make_tree({"ci/setup.sh": "true\n", "ci/checks/check_arrows.py": "",
                      "ci/checks/check_conventions.py": "",
                      "ci/checks/check_types.py": ""})
    tools = {"git": "printf 'a.cpp\\0'", "clang-format": "true", "cmake": "true", "ctest": "true",
             tool: body}
    result = script(root, "test.sh", tools)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[-1].startswith(f"FAILED: {step} (exit code")
    assert body.split(";")[0].removeprefix("echo ") in lines


def test_unknown_option_is_refused(make_tree: TreeMaker) -> None:
    """Before anything runs."""
    result = script(make_tree({}), "test.sh", {}, "--fast")
    assert result.returncode == 2
    assert "usage:" in result.stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_scripts_pass_shellcheck() -> None:
    """All of them."""
    scripts = [*map(str, (REPOSITORY / "ci").rglob("*.sh")), str(REPOSITORY / ".ci" / "run")]
    result = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False,
                            timeout=60)
    assert result.returncode == 0, result.stdout
