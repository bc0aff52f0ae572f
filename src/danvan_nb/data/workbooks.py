"""A workbook as its parts hold it: values, how cells show them, what is merged, struck, hidden.

Owns reading the XML of .xlsx and .xlsm (ISO/IEC 29500, transitional and strict, any prefix and part
name): openpyxl's fast reading hides most of this, and its other way takes twice the time. It never
runs a macro or a formula. What is odd about a cell is remarked here and judged where it is read.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from danvan_nb.data.cells import EPOCH, EPOCH_1904, Refused
from danvan_nb.data.sheets import Area, Grid, Remark, as_shown, column_number
from danvan_nb.errors import InputError, Issue
from danvan_nb.project.files import unpacked

_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
"""How an .xls begins, and an encrypted .xlsx."""
_SCRIPTS = {
    "superscript": str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"),
    "subscript": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"),
}
_BUILT_IN = {9: "0%", 10: "0.00%", **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm")}
_BUILT_IN |= dict.fromkeys((*range(14, 18), 22, *range(27, 37), *range(50, 59)), "dd/mm/yyyy")
"""The formats without a text of their own that matter here (18.8.30)."""
_VOLATILE = re.compile(r"\b(NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|OFFSET|INDIRECT|INFO|CELL)\(")
_OTHER_BOOK = re.compile(r"\[[^\]]+\][^!,;()]*!")
_NOWHERE = Element("none")
MOST_CELLS = 4_000_000
"""Of a workbook, blank ones before the last of a row and merged ones counted."""


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every sheet of a workbook with the results that its formulas had when saved.

    Raises
    ------
    InputError
        If it can't be opened.
    """
    try:
        with unpacked(data) as parts:
            return list(_Book(file, parts).grids())
    except OverflowError as err:
        raise InputError(Issue.of("bang_lon", file=file)) from err
    except Exception as err:  # a broken file raises many kinds
        locked = data.startswith(_OLD_CONTAINER)
        raise InputError(Issue.of("xlsx.mat_khau" if locked else "xlsx.hong", file=file)) from err


class _Style(NamedTuple):
    """How a cell shows what it holds: its format, and whether it is struck out."""

    code: str = ""
    struck: bool = False


class _Book:
    """What the sheets of a workbook share: texts, styles, and the first day of its calendar."""

    def __init__(self, file: str, parts: zipfile.ZipFile) -> None:
        self.file, self.parts, self.room = file, parts, MOST_CELLS
        self.names = {name.replace("\\", "/").lower(): name for name in parts.namelist()}
        (home,) = (name for kind, name in self._links("").values() if kind == "officeDocument")
        self.root, self.links = self.part(home), self._links(home)
        shared = dict(self.links.values())
        texts, styles = (
            self.part(shared[kind]) if kind in shared else _NOWHERE
            for kind in ("sharedStrings", "styles")
        )
        self.texts = [_text(text) for text in texts]
        self.styles = list(_styles(styles)) or [_Style()]
        self.epoch = EPOCH_1904 if _on(_first(self.root, "workbookPr"), "date1904") else EPOCH
        self.uncalculated = _on(_first(self.root, "calcPr"), "fullCalcOnLoad")

    def part(self, name: str) -> Element:
        data = self.parts.read(self.names[name.lower()])
        return ElementTree.fromstring(data)  # noqa: S314 - expat resolves and multiplies nothing

    def _links(self, name: str) -> dict[str, tuple[str, str]]:
        """Give the kind and the name of each part that a part refers to, by the id it uses."""
        folder, base = posixpath.split(name)
        links = {}
        for link in self.part(posixpath.join(folder, "_rels", f"{base}.rels")):
            target = posixpath.normpath(posixpath.join("/", folder, link.get("Target", "")))
            links[link.get("Id", "")] = posixpath.basename(link.get("Type", "")), target[1:]
        return links

    def grids(self) -> Iterator[Grid]:
        """Read each sheet of cells; a sheet that is a chart has none."""
        for sheet in _each(self.root, "sheet"):
            (link,) = (value for name, value in sheet.items() if name.endswith("}id"))
            kind, name = self.links[link]
            if kind == "worksheet":
                hidden = sheet.get("state", "visible") != "visible"
                grid = Grid(self.file, sheet.get("name", ""), [], hidden, epoch=self.epoch)
                _SheetReader(self, grid).read(name)
                yield grid


class _SheetReader:
    """Fills the grid of one sheet."""

    def __init__(self, book: _Book, grid: Grid) -> None:
        self.book, self.grid = book, grid
        self.row, self.column = 0, -1
        self.formulas: dict[str, str] = {}

    def read(self, name: str) -> None:
        with self.book.parts.open(self.book.names[name.lower()]) as part:
            for _, element in ElementTree.iterparse(part):  # noqa: S314 - as above
                kind = _kind(element)
                if kind == "row":
                    self._read_row(element)
                    element.clear()
                elif kind == "mergeCell":
                    self.grid.merged.append(Area.of(element.get("ref", "")))
                elif kind == "col" and (_on(element, "hidden") or element.get("width") == "0"):
                    columns = range(int(element.get("min", 1)) - 1, int(element.get("max", 0)))
                    self._take(len(columns))
                    self.grid.hidden_columns.update(columns)
        for area in self.grid.merged:
            self._take(len(area.columns) * max(1, min(area.bottom, len(self.grid.rows)) - area.top))
        while self.grid.rows and not any(cell not in (None, "") for cell in self.grid.rows[-1]):
            self.grid.rows.pop()

    def _take(self, cells: int) -> None:
        """Take cells from the room of the book; OverflowError where a few bytes claim too many."""
        self.book.room -= cells
        if self.book.room < 0:
            raise OverflowError

    def _read_row(self, row: Element) -> None:
        self.row, self.column = int(row.get("r", self.row + 1)), -1
        cells: list[Any] = []
        for cell in row:
            place = cell.get("r", "").rstrip("0123456789")
            self.column = column_number(place) if place else self.column + 1
            value = self._cell(cell)
            if value is not None:
                self._take(self.column + 1 - len(cells))
                cells += [None] * (self.column + 1 - len(cells))
                cells[self.column] = value
        if cells:
            rows = self.grid.rows
            self._take(self.row - len(rows))
            rows += [[] for _ in range(self.row - len(rows))]
            rows[self.row - 1] = cells
            if _on(row, "hidden") or row.get("ht") == "0":
                self.grid.hidden_rows.append(self.row)

    def _cell(self, cell: Element) -> Any:
        """Give what a cell shows; None if it is blank."""
        parts = {_kind(part): part for part in cell}
        if not parts:
            return None
        kind, style = cell.get("t", "n"), self.book.styles[int(cell.get("s", 0))]
        text = parts["v"].text if "v" in parts else None
        value: Any = None
        if "is" in parts:
            value = _text(parts["is"])
        elif "f" in parts and self._is_uncalculated(parts["f"], kind, text):
            value = Refused("cong_thuc_chua_tinh", "công thức")
        elif text:
            value = self._value(kind, text, style.code)
        if style.struck and value not in (None, ""):
            value = Refused("gach_ngang", str(value))
        return value

    def _is_uncalculated(self, formula: Element, kind: str, result: str | None) -> bool:
        """Tell if a formula has no result; remark if it may be another tomorrow."""
        text = formula.text or ""
        if group := formula.get("si"):
            text = self.formulas.setdefault(group, text)
        for key, pattern in (("cong_thuc_doi", _VOLATILE), ("cong_thuc_ngoai", _OTHER_BOOK)):
            if pattern.search(text):
                self._remark(Remark(key, text))
        if not result:
            return kind != "str"  # a text may be the result: ""
        return self.book.uncalculated and result == "0"  # written by what can't compute

    def _remark(self, remark: Remark) -> None:
        self.grid.remarks.setdefault((self.row, self.column), []).append(remark)

    def _value(self, kind: str, text: str, code: str) -> Any:
        if kind == "s":
            return self.book.texts[int(text)]
        if kind == "d":
            return datetime.fromisoformat(text)
        if kind != "n":
            return text == "1" if kind == "b" else _unescaped(text)
        number = int(text) if text.lstrip("-").isdigit() else float(text)
        value, *remarks = as_shown(number, code, self.grid.epoch) if code else (number,)
        for remark in remarks:
            self._remark(remark)
        return value


def _styles(root: Element) -> Iterator[_Style]:
    """Give the styles that cells name by their number."""
    codes = {each.get("numFmtId"): each.get("formatCode", "") for each in _each(root, "numFmt")}
    fonts = [{_kind(look): look for look in font} for font in _first(root, "fonts")]
    for style in _first(root, "cellXfs"):
        number = style.get("numFmtId", "0")
        code = _BUILT_IN.get(int(number)) or codes.get(number, "")
        font = fonts[int(style.get("fontId", 0))] if fonts else {}
        yield _Style("" if code == "General" else code, "strike" in font and _on(font["strike"]))


def _text(element: Element) -> str:
    """Join the parts of a text, raised and lowered digits as such; refuse what is struck out."""
    text = ""
    struck = False
    for run in element:
        looks = {_kind(part): part for part in run.iter()}
        if "rPh" in looks or "t" not in looks:
            continue
        piece = looks["t"].text or ""
        struck = struck or ("strike" in looks and _on(looks["strike"]) and piece.strip() != "")
        script = looks["vertAlign"].get("val", "") if "vertAlign" in looks else ""
        text += piece.translate(_SCRIPTS.get(script, {}))
    return Refused("gach_ngang", text) if struck else _unescaped(text)


def _unescaped(text: str) -> str:
    """Undo how a workbook writes the characters that XML does not allow (22.4.2.4)."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text)


def _kind(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _each(root: Element, kind: str) -> Iterator[Element]:
    return (element for element in root.iter() if _kind(element) == kind)


def _first(root: Element, kind: str) -> Element:
    return next(_each(root, kind), _NOWHERE)


def _on(element: Element, name: str = "val") -> bool:
    """Tell if a switch is on; an element that is a switch is so unless it says else."""
    return element.get(name, "1" if name == "val" else "0") not in ("0", "false")
