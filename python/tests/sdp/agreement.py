"""How well --target foretells what a browser does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .linting import LintFinding
from .messages import template


@dataclass(frozen=True)
class Foretold:
    """A blob's verdict by sdp-lint, and the messages that it expects."""

    rejects: bool
    messages: frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """One mutant before one browser."""

    key: str
    foretold: Foretold
    rejected: bool
    message: str

    @property
    def is_right(self) -> bool:
        """The verdict, and of a rejection the browser's own words among those expected."""
        if not self.rejected:
            return not self.foretold.rejects
        return self.message in self.foretold.messages

    def __str__(self) -> str:
        return (f"{self.key}: {'rejects' if self.rejected else 'accepts'} {self.message!r}, "
                f"foretold {sorted(self.foretold.messages) or 'nothing'}")


def foretold(found: Sequence[LintFinding], browser: str) -> Foretold:
    """From the findings of a run with --target."""
    messages = set()
    for finding in found:
        said = finding.targets.get(browser)
        if said and said.verdict == "rejects":
            messages.add(template(said.message, [finding.line]))
    return Foretold(bool(messages), frozenset(messages))


def share(outcomes: Sequence[Outcome]) -> float:
    """Of those that are right; 0 of none."""
    return sum(outcome.is_right for outcome in outcomes) / len(outcomes) if outcomes else 0.0
