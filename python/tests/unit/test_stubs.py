"""The type stubs say what the native module is."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import portolan

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCE = REPOSITORY / "python" / "portolan"
NAMES = ("__init__", "stun", "report", "discovery")


def native(name: str) -> ModuleType:
    """The module that a .pyi file describes."""
    return importlib.import_module("portolan._native" + ("" if name == "__init__" else f".{name}"))


def is_public(name: str) -> bool:
    """Special methods are Python's business."""
    return not name.startswith("_")


def names_in_stub(body: list[ast.stmt], classes: dict[str, set[str]]) -> set[str]:
    """What a module or class body defines; fills in the classes with their inherited names."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname for alias in node.names if alias.asname}
        if isinstance(node, ast.ClassDef):
            own = names_in_stub(node.body, classes)
            for base in node.bases:
                own |= classes.get(base.id, set()) if isinstance(base, ast.Name) else set()
            classes[node.name] = own
    return set(filter(is_public, found))


def classes_in(owner: Any) -> dict[str, type]:
    """Those that a module or class defines itself, and theirs."""
    found: dict[str, type] = {}
    for name, value in vars(owner).items():
        if isinstance(value, type) and is_public(name) and value.__name__ == name:
            found.update({name: value}, **classes_in(value))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_stub_and_module_have_the_same_names(name: str) -> None:
    """Of the module and of each class, in both directions."""
    classes: dict[str, set[str]] = {"_Enum": {"name", "value"}}
    tree = ast.parse((SOURCE / "_native" / f"{name}.pyi").read_text())
    module = native(name)
    assert names_in_stub(tree.body, classes) == set(filter(is_public, vars(module)))
    runtime = classes_in(module)
    assert set(filter(is_public, classes)) == set(runtime)
    for class_name, cls in runtime.items():
        assert classes[class_name] == set(filter(is_public, dir(cls))), class_name


def test_stubs_are_those_of_this_module() -> None:
    """Signatures too. If this fails: run python/bindings/make_stubs.py."""
    script = REPOSITORY / "python" / "bindings" / "make_stubs.py"
    spec = importlib.util.spec_from_file_location("make_stubs", script)
    assert spec is not None and spec.loader is not None
    make_stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stubs)
    for name, text in make_stubs.stubs().items():
        assert (SOURCE / "_native" / name).read_text() == text, name


def test_build_has_what_the_source_has() -> None:
    """The package under test is this one, typed."""
    built = Path(portolan.__file__).parent
    kept = [path.relative_to(SOURCE) for pattern in ("*.py", "*.pyi", "py.typed")
            for path in SOURCE.rglob(pattern)]
    assert len(kept) > 10
    for path in kept:
        assert (built / path).read_bytes() == (SOURCE / path).read_bytes(), path


def test_public_names_exist() -> None:
    """__all__ keeps its word."""
    for name in portolan.__all__:
        assert hasattr(portolan, name)


def test_missing_native_module_is_explained(tmp_path: Path) -> None:
    """The package without its build says what to do."""
    shutil.copytree(SOURCE, tmp_path / "portolan")
    done = subprocess.run([sys.executable, "-c", "import portolan"], cwd=tmp_path,
                          env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "native module is missing" in done.stderr
