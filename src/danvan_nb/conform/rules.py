"""The table of rules and the shapes that most of them share.

Owns what a rule is. `rules.toml` holds the table: article, requirement, and the shape with its
facts, as `face = {part = "motto", size = [13, 14], …}`. A rule of no shape is a function in
`own_rules`. A shape measures one thing on one part of the form.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any

from danvan_nb.conform.parts import Form, Parts
from danvan_nb.conform.specimen import Imprint
from danvan_nb.project.files import read_table
from danvan_nb.wording import LETTERS, roman

TOLD = 3
NEAR = 4.0
"""Points by which the middles of two lines may differ and still look centred."""
INK = 0.25
BEARING = 0.6
SHORT = 7.0
"""Millimetres by which letters may stand out of a margin, stop short of it, and of a page's end."""
TWIP = 0.018
"""Millimetres to which Word rounds a length: 20 mm are 20.003."""
ENOUGH = 5
"""Pages of which one surely ends at the margin."""
ORDERS = {"phan": roman, "muc": roman, "diem": lambda at: LETTERS[(at - 1) % len(LETTERS)]}
"""How the numbers of a level are written, where they are not digits."""


@dataclass(frozen=True)
class Outcome:
    """What was found, and whether it is as required; None where the document does not tell."""

    measured: str
    passed: bool | None


@dataclass(frozen=True)
class Rule:
    """One rule of the form: the article of the decree, and what it requires."""

    id: str
    measure: Callable[[Form], Outcome]
    article: str
    required: str


Measure = Callable[..., Outcome]
OWN: dict[str, Measure] = {}
MEASURES: dict[str, Measure] = {}
ABSENT = Outcome("không có trong văn bản", None)
UNTOLD = Outcome("không đo được ở tệp này", None)


def rule(id: str) -> Callable[[Measure], Measure]:
    """Register a function as the measure of the rule `id`."""
    return lambda measure: OWN.setdefault(id, measure)


def shape(measure: Measure) -> Measure:
    """Register a function as a shape under its own name."""
    return MEASURES.setdefault(measure.__name__, measure)


@cache
def rules() -> tuple[Rule, ...]:
    """Read the table of rules."""
    table = read_table("conform", "rules").items()
    return tuple(Rule(id, _measure(id, row), **row) for id, row in table)


def _measure(id: str, row: dict[str, Any]) -> Callable[[Form], Outcome]:
    """Take the shape out of a row: a function of its name, else one of the rule's own."""
    for name in row.keys() & MEASURES.keys():
        return partial(MEASURES[name], **row.pop(name))
    return lambda form: OWN[id](form)


def none_of(wrong: Iterable[str], right: str = "đúng") -> Outcome:
    """Pass if nothing is wrong, else name the first few of it."""
    found = list(dict.fromkeys(wrong))
    more = f" và {len(found) - TOLD} chỗ khác" if len(found) > TOLD else ""
    return Outcome("; ".join(found[:TOLD]) + more if found else right, not found)


def quote(text: str) -> str:
    """Give the beginning of a text in quotes."""
    return f"“{text}”" if len(text) <= 60 else f"“{text[:58]}…”"


def decimal(value: float, unit: str) -> str:
    """Give a measure with a decimal comma."""
    return f"{value:.2f} {unit}".replace(".", ",")


@shape
def margin(form: Form, side: str, least: float, most: float) -> Outcome:
    """Measure one margin; on the ink of a PDF its least over the upright pages counts."""
    exact = form.specimen.exact
    upright = [leaf for leaf in form.specimen.leaves if leaf.height > leaf.width]
    found = [leaf.margins[side] for leaf in upright if leaf.margins]
    few = side == "bottom" and not exact and len(found) < ENOUGH
    if not found or (few and min(found) > most):
        return UNTOLD
    slack = 0.001 if exact else INK
    short = TWIP if exact else BEARING if side in ("left", "right") else SHORT
    widest = max(found) if exact else min(found)
    good = min(found) >= least - slack and widest <= most + short
    return Outcome(decimal(min(found), "mm"), good)


@shape
def face(
    form: Form,
    part: str,
    size: tuple[float, float],
    upper: bool | None = None,
    bold: bool | None = None,
    italic: bool = False,
    needed: bool = False,
) -> Outcome:
    """Measure the type of a part: size, case, weight, posture; None is not asked."""
    found = _part(form, part)

    def fits(each: Imprint) -> bool:
        sized = all(size[0] - 0.3 <= one <= size[1] + 0.3 for one in each.sizes)
        cased = upper in (None, each.text.isupper())
        return sized and cased and bold in (None, each.bold) and each.italic is italic

    wrong = (f"{quote(each.text)} {_type(each)}" for each in found if not fits(each))
    if not found:
        return Outcome("không tìm thấy", False) if needed else ABSENT
    return none_of(wrong, _type(found[0]))


@shape
def centred(form: Form, part: str, under: str = "") -> Outcome:
    """Measure whether a part stands in the middle, of the text or under another part."""
    found, above = _part(form, part), _part(form, under) if under else ()
    if not found or (under and not above):
        return ABSENT
    middle = above[-1].centre if above else form.specimen.middle

    def off(each: Imprint) -> str:
        leaf = form.specimen.leaves[each.page - 1]
        if each.centre is None or middle is None or leaf.width > leaf.height:
            return "" if each.align == "center" else "không canh giữa"
        apart = each.centre - middle
        return decimal(apart, "pt") if abs(apart) > NEAR else ""

    return none_of((f"{quote(each.text)} lệch {off(each)}" for each in found if off(each)), "giữa")


@shape
def runs(form: Form, of: str, like: str) -> Outcome:
    """Hold one property of all letters (`text`, `face`, `colour`) against a pattern."""
    found = {getattr(run, of): run for each in form.specimen.imprints for run in each.lettered}
    wrong = (run for value, run in found.items() if not re.fullmatch(like, value))
    strange = [f"{quote(run.text)} {'' if of == 'text' else getattr(run, of)}" for run in wrong]
    return none_of(strange, "đúng" if of == "text" else ", ".join(sorted(filter(None, found))))


@shape
def between(form: Form, part: str, of: str, ranges: list[list[float]], unit: str) -> Outcome:
    """Measure `indent`, `pitch` or `gap` of a part: each paragraph in one of the ranges."""
    found = _part(form, part)
    told = [(value, each) for each in found if (value := getattr(each, of)) is not None]
    wrong = [
        f"{decimal(value, unit)} {quote(each.text)}"
        for value, each in told
        if not any(least <= value <= most for least, most in ranges)
    ]
    ends = sorted({decimal(value, unit) for value, _ in told})
    return none_of(wrong, ", ".join(ends[:TOLD])) if told else UNTOLD if found else ABSENT


@shape
def underlined(form: Form, part: str, least: float, most: float) -> Outcome:
    """Measure the line drawn under a part, as a share of the part's last line."""
    found = _part(form, part)
    if not found:
        return ABSENT
    share = found[-1].rule
    if share is None:
        return Outcome("không có đường kẻ", False)
    return Outcome(decimal(share, "dòng chữ"), least <= share <= most)


@shape
def level(form: Form, part: str, other: str) -> Outcome:
    """Measure whether two parts begin on one line."""
    one, two = _part(form, part), _part(form, other)
    if not one or not two:
        return ABSENT
    same = one[0].page == two[0].page and abs(one[0].row - two[0].row) < NEAR
    return Outcome("cùng hàng" if same else "không cùng hàng", same)


@shape
def words(form: Form, part: str, like: str, given: str = "", needed: bool = False) -> Outcome:
    """Hold the words of a part, a paragraph a line, against a pattern."""
    found = _part(form, part)
    if not found or (given and not _part(form, given)):
        return Outcome("không tìm thấy", False) if needed else ABSENT
    text = "\n".join(each.text for each in found)
    return Outcome(quote(text.replace("\n", " ")), bool(re.fullmatch(like, text)))


@shape
def never(form: Form, pattern: str, part: str = "") -> Outcome:
    """Look for what must not stand in a part, or anywhere."""
    texts = [each.text for each in _part(form, part)] if part else [form.sentences]
    found = (match[0] for text in texts for match in re.finditer(pattern, text))
    return none_of(map(quote, found)) if texts else ABSENT


@shape
def order(form: Form, of: str, under: list[str]) -> Outcome:
    """Measure whether the numbers of a level run on, from the start below each level above it."""
    sign, seen, at = ORDERS.get(of, str), 0, count(1)
    wrong: list[str] = []
    for each in form.numbered:
        if each.level in under:
            at = count(1)
        elif each.level == of:
            wanted = sign(next(at))
            wrong += [] if each.number == wanted else [f"có {each.number}, cần {wanted}"]
            seen += 1
    return none_of(wrong, f"{seen} số") if seen else ABSENT


def _part(form: Form, name: str) -> Parts:
    return getattr(form, name) if hasattr(form, name) else form.level(name)


def _type(imprint: Imprint) -> str:
    sizes = "/".join(f"{size:g}" for size in imprint.sizes)
    posture = {True: "nghiêng", False: "đứng", None: "đứng lẫn nghiêng"}[imprint.italic]
    weight = {True: ", đậm", False: "", None: ", lẫn đậm"}[imprint.bold]
    case = "in hoa" if imprint.text.isupper() else "in thường"
    return f"{case}, cỡ {sizes}, {posture}{weight}"
