"""The formulas of the catalogue, and the arithmetic of comparisons, on exact decimals.

What is missing, or would be divided by zero, gives a missing result. Nothing is run as Python.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import product

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.project.models import Indicator
from danvan_nb.wording import exact_text

_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
TOO_LARGE = Decimal(10) ** 18
"""No amount of an office: a thousand times what a cell may hold, and well within `Decimal`."""
MOST_STEPS = 100
"""Steps of one formula: it is read, and written again, step within step."""
MOST_SHOWN = 100
_RATIO = re.compile(r"([0-9.,]+)%? / ([0-9.,]+)%")
_OPERANDS = re.compile(r"([a-z_]\w*|[0-9.]+(?:e[+-]?[0-9]+)?)", re.IGNORECASE)


@lru_cache(None)
def parse_formula(formula: str) -> ast.expr:
    """Parse a formula of the catalogue: `+ - * /`, brackets, numbers, ids.

    Raises
    ------
    ParamsError
        If it holds anything else.
    """
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    nodes = [*ast.walk(tree)] if tree else []
    if tree is None or not all(map(_is_allowed, nodes)):
        raise ParamsError(Issue.of("cong_thuc.sai", found=formula[:MOST_SHOWN]))
    if sum(isinstance(node, ast.BinOp) for node in nodes) > MOST_STEPS:
        raise ParamsError(Issue.of("cong_thuc.dai", found=formula[:MOST_SHOWN], most=MOST_STEPS))
    return tree


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return value < TOO_LARGE
    return isinstance(node, (ast.BinOp, ast.Name, ast.Load, *_OPERATORS))


@lru_cache(maxsize=1000)
def formula_ids(formula: str) -> tuple[str, ...]:
    """List the indicators that a formula reads, each once."""
    nodes = ast.walk(parse_formula(formula))
    return tuple(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))


def compute(formula: str, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
    """Compute a formula over the numbers of its indicators.

    Examples
    --------
    >>> compute("(a + b) / 2", {"a": Decimal(1), "b": Decimal(2)})
    Decimal('1.5')
    >>> compute("a / b", {"a": Decimal(1), "b": Decimal(0)}) is None
    True
    """
    value = _compute(parse_formula(formula), numbers)
    if value is not None and abs(value) >= TOO_LARGE:
        raise ParamsError(Issue.of("cong_thuc.qua_lon", found=formula))
    return value


def _compute(node: ast.expr, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
    match node:
        case ast.Name(id=name):
            return numbers[name]
        case ast.Constant(value=value):
            return Decimal(str(value))
        case ast.BinOp(left=left, op=op, right=right):
            first = _compute(left, numbers)
            second = _compute(right, numbers)
            if first is None or second is None or (isinstance(op, ast.Div) and not second):
                return None
            return _OPERATORS[type(op)](first, second)
    raise TypeError(node)  # parse_formula lets nothing else through


def formula_text(formula: str, numbers: Mapping[str, Decimal | None]) -> str:
    """Write a formula with the numbers in the places of their ids.

    Examples
    --------
    >>> formula_text("a / b * 100", {"a": Decimal("23.5"), "b": Decimal(24)})
    '23,5 / 24 × 100'
    """
    pieces = formula_pieces(formula)
    return "".join(
        exact_text(numbers[piece], point=",") if piece in numbers else piece for piece in pieces
    )


def formula_pieces(formula: str) -> list[str]:
    """Take a formula apart as it is printed: signs and numbers in Vietnamese, and ids.

    Examples
    --------
    >>> formula_pieces("a * 0.5")
    ['', 'a', ' × ', '0,5', '']
    """
    pieces = _OPERANDS.split(ast.unparse(parse_formula(formula)).replace("*", "×"))
    return [
        exact_text(Decimal(piece), point=",") if piece[:1].isdigit() else piece for piece in pieces
    ]


def counted(name: str, catalogue: Mapping[str, Indicator]) -> str:
    """Say from when an indicator counts: `year`, `half`, or nothing for what is no flow."""
    indicator = catalogue[name]
    if indicator.counted or not indicator.formula:
        return indicator.counted or ""
    return max(_counted_by_parts(indicator.formula, catalogue), default="")


def _counted_by_parts(formula: str, catalogue: Mapping[str, Indicator]) -> set[str]:
    """Give from when the flows among a formula's parts count."""
    return {counted(used, catalogue) for used in formula_ids(formula)} - {""}


def find_formula_issues(catalogue: Mapping[str, Indicator]) -> list[Issue]:
    """Find formulas that name what is not there, each other in a circle, or what counts apart."""
    issues = []
    for name, indicator in catalogue.items():
        own = [indicator.formula] if indicator.formula else []
        formulas = (*own, *indicator.equals, *indicator.at_most, *indicator.usually_at_most)
        used = [each for formula in formulas for each in formula_ids(formula)]
        unknown = [each for each in used if each not in catalogue]
        if unknown:
            issues.append(Issue.of("cong_thuc.la", column=name, found=unknown[0]))
        elif name in _reach(name, catalogue):
            issues.append(Issue.of("cong_thuc.vong", column=name))
    computed = {name: one.formula for name, one in catalogue.items() if not one.counted}
    return issues or [
        Issue.of("cong_thuc.dem_tu", column=name, found=formula)
        for name, formula in computed.items()
        if formula and len(_counted_by_parts(formula, catalogue)) > 1
    ]


def _reach(name: str, catalogue: Mapping[str, Indicator]) -> set[str]:
    """List every indicator that the formula of `name` depends on."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        formula = catalogue[todo.pop()].formula
        used = set(formula_ids(formula)) if formula else set()
        fresh = (used & catalogue.keys()) - seen
        seen |= fresh
        todo += fresh
    return seen


def ratio_pct(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give `current` as a percentage of `base` (đạt … % kế hoạch; bằng … % so với cùng kỳ).

    Examples
    --------
    >>> ratio_pct(Decimal(23), Decimal(24)).quantize(Decimal("0.01"))
    Decimal('95.83')
    >>> ratio_pct(Decimal(1), Decimal(0)) is None
    True

    Notes
    -----
    Of zero or of a negative number nothing is a percentage.
    """
    if current is None or base is None or base <= 0:
        return None
    return current * 100 / base


def change_abs(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give the difference from `base`, in the indicator's own unit (điểm % for a rate)."""
    if current is None or base is None:
        return None
    return current - base


def change_pct(current: Decimal | None, base: Decimal | None) -> Decimal | None:
    """Give the growth over `base` in percent.

    Examples
    --------
    >>> change_pct(Decimal("109.4"), Decimal(100))
    Decimal('9.4')
    """
    difference = change_abs(current, base)
    if difference is None or base is None:
        return None
    return ratio_pct(difference, base)


def ratio_bounds(source: str) -> tuple[Decimal, Decimal]:
    """Give what the rounding of all published ratios leaves possible."""
    low, high = Decimal("-Infinity"), Decimal("Infinity")
    for amount, percent in _RATIO.findall(source):
        ends = [one * 100 / whole for one, whole in product(_ends(amount), _ends(percent)) if whole]
        low, high = max(low, min(ends)), min(high, max(ends))
    return low, high


def _ends(text: str) -> tuple[Decimal, Decimal]:
    """Give the least and the largest number that a printed one may stand for."""
    value = Decimal(text.replace(".", "").replace(",", "."))
    half = Decimal(1).scaleb(int(value.as_tuple().exponent)) / 2
    return value - half, value + half
