"""Every defect that was put into a capture is found, with the right code."""

from __future__ import annotations

import json

import pytest

from .linting import Linter, options_of, texts_of
from .mutants import KINDS, MUTANTS, EditError, Mutant, apply, load
from .targets import CATALOGUE

ALL = [(kind, mutant) for kind in KINDS for mutant in load(kind)]


def _name(value: object) -> str:
    return value.key if isinstance(value, Mutant) else str(value)


def test_every_rule_has_a_mutant_or_a_reason() -> None:
    """without.json says why a rule cannot have one; a rule in both is a slip."""
    rules = {row["code"] for file in CATALOGUE.glob("*.json")
             for row in json.loads(file.read_text())}
    mutated = {mutant.code for _, mutant in ALL}
    without = set(json.loads((MUTANTS / "without.json").read_text()))
    assert rules - mutated - without == set()
    assert mutated & without == set()
    assert (mutated | without) - rules == set()


def test_keys_are_unique() -> None:
    """Verdicts are filed under them."""
    keys = [mutant.key for _, mutant in ALL]
    assert len(keys) == len(set(keys))


def test_edit_without_effect_is_an_error() -> None:
    """A mutant that equals its capture would be found by accident, or never."""
    with pytest.raises(EditError):
        apply("v=0\r\ns=-\r\n", [{"sub": "^o=", "with": "o=x"}])


@pytest.mark.parametrize(("kind", "mutant"), ALL, ids=_name)
def test_defect_is_found_with_its_code(linter: Linter, kind: str, mutant: Mutant) -> None:
    """In the description that has it, or in the pair that it is part of."""
    options = options_of(kind, mutant)
    found = linter.lint(texts_of(kind, mutant), *options)
    expected = {mutant.code, *mutant.also}
    assert expected <= {each.code for each in found}, [str(each) for each in found]
