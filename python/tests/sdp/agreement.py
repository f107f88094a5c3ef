"""How well --target foretells what a browser does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .linting import LintFinding
from .messages import foretells, template


@dataclass(frozen=True)
class Foretold:
    """A blob's verdict by sdp-lint, and the messages that it expects: whole, and as templates."""

    rejects: bool
    messages: frozenset[str]
    templates: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """One mutant before one browser. `said` are its own words, if they name values that are the
    same each time."""

    key: str
    foretold: Foretold
    rejected: bool
    message: str = ""
    said: str = ""

    @property
    def is_right(self) -> bool:
        """The verdict, and of a rejection the browser's own words among those expected."""
        if not self.rejected:
            return not self.foretold.rejects
        if not self.said:
            return self.message in self.foretold.templates
        return any(foretells(message, self.said) for message in self.foretold.messages)

    def __str__(self) -> str:
        return (f"{self.key}: {'rejects' if self.rejected else 'accepts'} "
                f"{self.said or self.message!r}, "
                f"foretold {sorted(self.foretold.messages) or 'nothing'}")


def foretold(found: Sequence[LintFinding], browser: str) -> Foretold:
    """From the findings of a run with --target."""
    messages, templates = set(), set()
    for finding in found:
        said = finding.targets.get(browser)
        if said and said.verdict == "rejects":
            messages.add(said.message)
            templates.add(template(said.message, [finding.line]))
    return Foretold(bool(messages), frozenset(messages), frozenset(templates))


def share(outcomes: Sequence[Outcome]) -> float:
    """Of those that are right; 0 of none."""
    return sum(outcome.is_right for outcome in outcomes) / len(outcomes) if outcomes else 0.0
