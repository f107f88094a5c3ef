"""The clang-tidy runner reports findings, and looks again exactly when something has changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, TreeMaker

SCRIPT = REPOSITORY / "ci" / "checks" / "run_clang_tidy.py"

pytestmark = pytest.mark.skipif(shutil.which("clang-tidy") is None, reason="needs clang-tidy")

SOUND = {
    ".clang-tidy": "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\n"
                   "HeaderFilterRegex: '.*'\n",
    "probe/a.hpp": "#pragma once\ninline int* nothing() { return nullptr; }\n",
    "probe/a.cpp": '#include "probe/a.hpp"\nint* a() { return nothing(); }\n',
    "probe/b.cpp": "int* b() { return nullptr; }\n",
}


def build(root: Path) -> Path:
    """A compilation database for the tree."""
    directory = root / "build" / "dev"
    directory.mkdir(parents=True)
    entries = [{"directory": str(directory), "file": str(root / name),
                "command": f"c++ -std=c++20 -I{root} -c {root / name}"}
               for name in ("probe/a.cpp", "probe/b.cpp")]
    (directory / "compile_commands.json").write_text(json.dumps(entries))
    return directory


def tidy(root: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs it as the test command does."""
    return subprocess.run([sys.executable, str(SCRIPT), "--root", str(root), "--build",
                           str(directory), "--cache", str(root / "build" / "clean")], capture_output=True, text=True, check=False,
                          timeout=120)


def test_unchanged_files_are_not_looked_at_again(make_tree: TreeMaker) -> None:
    """And a change in a header concerns those who include it."""
    root = make_tree(SOUND)
    directory = build(root)
    first, second = tidy(root, directory), tidy(root, directory)
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    assert "0 of 2 files with findings, 0 unchanged" in first.stdout
    assert "2 unchanged" in second.stdout
    (root / "probe/a.hpp").write_text(SOUND["probe/a.hpp"] + "// touched\n")
    assert "1 unchanged" in tidy(root, directory).stdout


@pytest.mark.parametrize("name", ["probe/a.hpp", "probe/b.cpp"])
def test_finding_fails_every_time(make_tree: TreeMaker, name: str) -> None:
    """A finding is never remembered as clean."""
    root = make_tree({**SOUND, name: SOUND[name].replace("nullptr", "0")})
    directory = build(root)
    for _ in range(2):
        result = tidy(root, directory)
        assert result.returncode == 1
        assert "modernize-use-nullptr" in result.stdout
        assert "1 of 2 files with findings" in result.stdout


def test_files_that_collide_are_examined_apart(make_tree: TreeMaker) -> None:
    """Two files with one name each for itself compile only alone; both findings are told."""
    both = {name: f"namespace {{ int* same() {{ return 0; }} }}\nint* {name[6]}() {{ return same(); }}\n"
            for name in ("probe/a.cpp", "probe/b.cpp")}
    root = make_tree({**SOUND, **both})
    result = tidy(root, build(root))
    assert result.returncode == 1
    for name in both:
        assert f"{root / name}:1:" in result.stdout, result.stdout
    assert "2 of 2 files with findings" in result.stdout


def test_files_that_are_compiled_many_at_a_time_are_examined(make_tree: TreeMaker) -> None:
    """CMake's file is none of ours, what it includes is."""
    root = make_tree({**SOUND, "probe/b.cpp": SOUND["probe/b.cpp"].replace("nullptr", "0")})
    directory = build(root)
    (directory / "Unity").mkdir()
    compiled = directory / "Unity" / "unity_0_cxx.cxx"
    compiled.write_text(f'#include "{root}/probe/a.cpp"\n#include "{root}/probe/b.cpp"\n')
    (directory / "compile_commands.json").write_text(json.dumps([
        {"directory": str(directory), "file": str(compiled),
         "command": f"c++ -std=c++20 -I{root} -o x.o -c {compiled}"}]))
    result = tidy(root, directory)
    assert f"{root}/probe/b.cpp:1:" in result.stdout, result.stdout + result.stderr
    assert "1 of 2 files with findings" in result.stdout


def test_one_finding_leaves_the_rest_of_a_batch_clean(make_tree: TreeMaker) -> None:
    """What is remembered is a file, not the company it was examined in."""
    root = make_tree({**SOUND, "probe/b.cpp": SOUND["probe/b.cpp"].replace("nullptr", "0")})
    directory = build(root)
    assert "1 of 2 files with findings, 0 unchanged" in tidy(root, directory).stdout
    assert "1 of 2 files with findings, 1 unchanged" in tidy(root, directory).stdout


def test_the_folder_s_configuration_counts(make_tree: TreeMaker) -> None:
    """Also for files that are examined together."""
    root = make_tree({**SOUND, "probe/.clang-tidy":
                      "InheritParentConfig: true\nChecks: 'modernize-use-trailing-return-type'\n"})
    result = tidy(root, build(root))
    assert "2 of 2 files with findings" in result.stdout
    assert "modernize-use-trailing-return-type" in result.stdout


def test_stricter_configuration_looks_again(make_tree: TreeMaker) -> None:
    """The configuration is part of what a verdict depends on."""
    root = make_tree(SOUND)
    directory = build(root)
    assert tidy(root, directory).returncode == 0
    (root / ".clang-tidy").write_text(
        SOUND[".clang-tidy"].replace("modernize-use-nullptr", "modernize-use-trailing-return-type"))
    assert tidy(root, directory).returncode == 1


def test_nothing_to_examine_is_not_a_pass(make_tree: TreeMaker) -> None:
    """An empty database is a broken build."""
    root = make_tree(SOUND)
    directory = build(root)
    (directory / "compile_commands.json").write_text("[]")
    assert tidy(root, directory).returncode == 2
