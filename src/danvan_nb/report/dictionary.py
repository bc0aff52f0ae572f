"""What is to be known of an indicator, in words: for the page of indicators, the form, `tra_cuu`.

Owns which facts are told and how they read; each of the three only lays them out.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from danvan_nb.errors import ParamsError
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.formulas import counted, find_formula_issues, formula_ids, formula_pieces
from danvan_nb.figures.ledger import Ledger
from danvan_nb.nodes import LEADERS, Break, Inlines, Mention, Text
from danvan_nb.project.files import read_given, read_json
from danvan_nb.project.models import Catalogue, Indicator
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.parameters import syntax_tree

COUNTED = {"flow": "cộng dồn", "stock": "tại một thời điểm", "rate": "tỷ lệ"}
STARTS = {"year": " từ 01/01", "half": " từ ngày đầu kỳ báo cáo"}
BETTER = {"up": "tăng", "down": "giảm", "none": "không xét"}
AGGREGATES = {"sum": "cộng số của cấp dưới", "last": "số của ngày gần nhất"}
"""What the keys of the catalogue mean, as people read it."""
UNSAID = "chưa ghi trong danh mục"
LATEST = "Số gần nhất"
SHOWS = {"table": "bảng", "chart": "hình", "": "lời văn"}
"""What a section shows an indicator in, by how the functions of the notebook end."""
_HEADING = re.compile(r"#+\s+(.+)")
_ROLE = re.compile(r"\{eval\}`([^`]+)`")
_BLOCK = re.compile(r'^\+\+\+[^\n]*?"(narrative:[^"+\n]+)', re.MULTILINE)


def dictionary(
    project: Project, latest: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, Inlines]]:
    """Tell of each indicator what is to be known of it, term by term; some may be empty.

    Parameters
    ----------
    project : Project
        Whose catalogue, master and narratives are read.
    latest : mapping of str to mapping
        The last numbers of indicators: where and when, and the number as a report shows it.

    Raises
    ------
    ParamsError
        If formulas of the catalogue name what is not there, or each other in a circle.
    """
    catalogue = project.catalogue
    if issues := find_formula_issues(catalogue):
        raise ParamsError(issues)
    spoken = _places(project)
    parts = {name: formula_ids(one.formula or "0") for name, one in catalogue.items()}
    return {
        name: {
            "Định nghĩa": (Text(one.definition or UNSAID),),
            "Căn cứ": (Text(one.source or UNSAID),),
            "Đơn vị tính": (Text(one.unit),),
            "Cách tính": (Text(_counting(one, STARTS.get(counted(name, catalogue), ""))),),
            "Công thức": _in_words(one.formula, catalogue) if one.formula else (),
            "Chiều tốt": (Text(BETTER[one.better]),),
            "Tổng hợp": _lines([AGGREGATES.get(one.aggregate or "", "")]),
            "Dùng ở": _lines(
                [f"{LEADERS} (thẻ)"] * one.highlight
                + [f"{at} ({', '.join(how)})" for at, how in spoken[name].items()]
            ),
            "Dùng để tính": _mentions([each for each in parts if name in parts[each]], catalogue),
            LATEST: _lines([f"{where}: {text}" for where, text in latest.get(name, {}).items()]),
        }
        for name, one in catalogue.items()
    }


def latest_of(name: str, ledger: Ledger, period: Period) -> dict[str, str]:
    """Give an office's numbers of a period and of those that it looks back on, where there are."""
    asked = dict.fromkeys((period, period.previous, period.same_period))
    figures = {one.label: IndicatorFigure.of(name, ledger, one, {}) for one in asked}
    return {label: figure.text for label, figure in figures.items() if not figure.missing}


def _counting(indicator: Indicator, since: str) -> str:
    if since and indicator.measure != "flow":
        return f"{COUNTED[indicator.measure]}, theo số cộng dồn{since}"
    return COUNTED[indicator.measure] + since


def _lines(texts: Sequence[str]) -> Inlines:
    return tuple(node for text in texts if text for node in (Break(), Text(text)))[1:]


def _mentions(names: Sequence[str], catalogue: Catalogue) -> Inlines:
    """Name indicators; each leads to where it is told of itself."""
    named = (Mention(catalogue[name].label, name) for name in names)
    return tuple(node for mention in named for node in (Text("; "), mention))[1:]


def _in_words(formula: str, catalogue: Catalogue) -> Inlines:
    """Write a formula with the names of its indicators."""
    return tuple(
        Mention(f"“{catalogue[piece].label}”", piece) if piece in catalogue else Text(piece)
        for piece in formula_pieces(formula)
    )


def _places(project: Project) -> dict[str, dict[str, dict[str, None]]]:
    """Find the sections in which the master and the narratives show each, and in what."""
    found: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    bound: dict[str, set[str]] = {}
    for section, code, is_cell in dict.fromkeys(_pieces(project)):
        for line in syntax_tree(code).body:
            names = {node.id for node in ast.walk(line) if isinstance(node, ast.Name)}
            names = names.union(*(bound[name] for name in names & bound.keys()))
            if isinstance(line, ast.Assign):  # it shows nothing yet
                bound |= {each.id: names for each in line.targets if isinstance(each, ast.Name)}
                continue
            kinds = {name.rpartition("_")[2] for name in names} if is_cell else {""}
            for name in names:
                found[name][section] |= {SHOWS[kind]: None for kind in SHOWS if kind in kinds}
    return found


def _pieces(project: Project) -> Iterator[tuple[str, str, bool]]:
    """Yield the code cells of the master, and all inline expressions, with their sections."""
    section = ""
    slots: dict[str, str] = {}
    for cell in read_json(project.master_file).get("cells", ()):
        source, is_cell = "".join(cell.get("source", "")), cell.get("cell_type") == "code"
        if not is_cell and (heading := _HEADING.match(source)):
            section = _ROLE.sub("…", heading[1])
        slots |= dict.fromkeys(cell.get("metadata", {}).get("tags", ()), section)
        yield from (
            (section, code, is_cell) for code in ([source] if is_cell else _ROLE.findall(source))
        )
    for path in sorted(project.root.glob("params/**/*.md")):
        with suppress(OSError):  # one that can't be read is told of when its report is made
            blocks = _BLOCK.split(read_given(path).decode("utf-8-sig", "replace"))
            for slot, block in zip(blocks[1::2], blocks[2::2], strict=True):
                yield from ((slots.get(slot, ""), code, False) for code in _ROLE.findall(block))
