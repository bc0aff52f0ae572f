"""What became of a document that was held to the rules, and how it is told.

Owns the results; it loads nothing heavy, so whoever reads a manifest may import it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from danvan_nb.errors import Issue


@dataclass(frozen=True)
class RuleResult:
    """One rule measured on one document; `passed` is None where it can't be measured."""

    id: str
    article: str
    required: str
    measured: str
    passed: bool | None


@dataclass(frozen=True)
class Tally:
    """How a document does: how many rules it passes, which it fails, how many tell nothing."""

    passed: int
    failed: tuple[str, ...]
    unmeasured: int


def tally(results: Sequence[RuleResult]) -> Tally:
    """Count the results of a document."""
    failed = tuple(each.id for each in results if each.passed is False)
    passed = sum(each.passed is True for each in results)
    return Tally(passed, failed, len(results) - passed - len(failed))


def notices(results: Sequence[RuleResult], file: str) -> list[Issue]:
    """Tell the rules that a document fails, as notices of a run."""
    return [
        Issue.of("the_thuc.lech", file=file, found=each.measured.strip("“”"), **vars(each))
        for each in results
        if each.passed is False
    ]
