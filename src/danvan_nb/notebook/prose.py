"""What a Markdown cell says: blocks, emphasis, and inline expressions in MyST's `{eval}` role.

Owns the part of MyST that a report may use, and the rule that an inline expression is pure. It
evaluates nothing.
"""

import ast
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.nodes import Break, Text
from danvan_nb.project.files import read_table
from danvan_nb.report.parameters import syntax_tree

SILENT = {"list_item_open", "list_item_close", "paragraph_close", "heading_close"}
SILENT |= {"myst_line_comment"}
"""What the parser tells and a report has nothing to say of."""
# `text_join` would hide which signs stood behind a backslash.
_PARSER = MarkdownIt("commonmark").use(myst_block_plugin).use(myst_role_plugin).disable("text_join")
REFUSED = read_table("notebook", "refused")
# What other programs take for markup, and what is left of Markdown's own where it was not closed.
_MARKUP = re.compile(
    r"\$?\{+[^{}]*\}*|\[[^\[\]]*\]?|[]}|]|<<[^<>]*>*|\$[^\s$][^$]*\$|\*\*|__|~~|==|@@|\^[^\s^]+\^|%[^\W\d]\w*%|:::|^#{1,6}(?=\w)"
)
# What begins a line of a list that Markdown does not see as one, and would put behind the line
# before it.
_ITEM = re.compile(r"(?:[-–—+•▪◦·*]|\(?[a-zđ][.)]|\(?[0-9]{1,2}[.)]|[IVX]+[.)])\s*(?![\d.,)])\S")
_ODD_SIGNS = {
    "so_tay.ngoac_cong": re.compile("[“”„‘’‚«»′″]"),
    "so_tay.khoang_trang": re.compile("[\t\u00a0\u2000-\u200f\u202f\u3000]"),
}


class ProseError(NotebookError):
    """Something in a notebook's cell that a report can't say; `line` counts from the cell's 0."""

    def __init__(self, key: str, line: int = 0, **facts: Any) -> None:
        super().__init__(Issue.of(key, **facts))
        self.line = line

    @property
    def message(self) -> str:
        """Say what it is, without the place, which the cell alone does not know."""
        return self.issues[0].message


@dataclass(frozen=True)
class Expression:
    """An inline expression with the emphasis around it."""

    source: str
    bold: bool = False
    italic: bool = False


Piece: TypeAlias = Text | Expression | Break


@dataclass(frozen=True)
class ProseBlock:
    """A block of prose: `kind` is `heading`, `paragraph` or `item` (a dashed list's)."""

    kind: str
    pieces: tuple[Piece, ...]
    level: int = 0


@lru_cache(1024)
def parse_prose(source: str) -> tuple[ProseBlock, ...]:
    """Parse a Markdown cell.

    Raises
    ------
    ProseError
        For an unclosed `{eval}`, or Markdown that has no place in the form (code, images, links,
        HTML, tables, quotes).

    Examples
    --------
    >>> for piece in parse_prose("Thu **đạt** {eval}`thu.vs_plan`")[0].pieces:
    ...     print(piece)
    Text(text='Thu ', bold=False, italic=False)
    Text(text='đạt', bold=True, italic=False)
    Text(text=' ', bold=False, italic=False)
    Expression(source='thu.vs_plan', bold=False, italic=False)
    """
    blocks: list[ProseBlock] = []
    kind, level, listed, mark = "paragraph", 0, "paragraph", ""
    last = 0  # the number of a list that was typed last
    for token in _tokens(unicodedata.normalize("NFC", source)):
        line = token.map[0] if token.map else 0
        match token.type:
            case "heading_open":
                kind, level = "heading", int(token.tag[1])
            case "bullet_list_open":
                listed = "item"
            case "ordered_list_open" | "ordered_list_close" | "bullet_list_close":
                listed, last = "paragraph", 0
            case "list_item_open" if token.info:
                mark, last = _typed_mark(token, last, line), int(token.info)
            case "paragraph_open":
                kind, level = listed, 0
            case "inline":
                pieces = _pieces(token.children or [], line)
                blocks.append(ProseBlock(kind, (Text(mark), *pieces) if mark else pieces, level))
                mark = ""
            case other if other not in SILENT:
                raise ProseError("thuyet_minh.thanh_phan", line, kind=REFUSED.get(other, other))
    return tuple(blocks)


def _tokens(source: str) -> list[Token]:
    """Parse a text; refuse what Markdown makes of it unseen: targets, underlined titles, levels."""
    found: dict[str, Any] = {}
    tokens = _PARSER.parse(source, found)
    for name, link in found.get("references", {}).items():
        raise ProseError("thuyet_minh.dau_la", link["map"][0], sign=f"[{name.lower()}]:")
    for token in tokens:
        first, after = token.map or (0, 0)
        if token.type == "heading_open" and token.markup[0] in "-=":
            raise ProseError("thuyet_minh.gach_duoi", after - 1)
        if token.type.endswith("list_open") and (token.level or token.markup == "+"):
            raise ProseError("thuyet_minh.danh_sach_long", first)
    return tokens


def _typed_mark(token: Token, last: int, line: int) -> str:
    """Give the number of a list's item as it was typed, a khoản without a title; never another."""
    if last and int(token.info) != last + 1:
        raise ProseError("thuyet_minh.so_thu_tu", line, number=token.info, last=last)
    return f"{token.info}{token.markup} "


def _pieces(tokens: Iterable[Token], line: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    bold = italic = broken = False
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                _refuse_markup(token, broken, line)
                before = pieces[-1] if pieces else None
                if isinstance(before, Text) and (before.bold, before.italic) == (bold, italic):
                    pieces[-1] = Text(before.text + token.content, bold, italic)
                elif token.content:
                    pieces.append(Text(token.content, bold, italic))
            case "softbreak":
                pieces.append(Text(" ", bold, italic))
            case "hardbreak":
                pieces.append(Break())
            case "strong_open" | "strong_close":
                bold = token.type == "strong_open"
            case "em_open" | "em_close":
                italic = token.type == "em_open"
            case "myst_role" if token.meta["name"] == "eval":
                pieces.append(Expression(token.content.strip(), bold, italic))
            case "myst_role":
                raise ProseError("thuyet_minh.vai_tro_la", line, role=token.meta["name"])
            case other:
                raise ProseError("thuyet_minh.thanh_phan", line, kind=REFUSED.get(other, other))
        broken = token.type == "softbreak"
        line += token.type in ("softbreak", "hardbreak")
    return tuple(pieces)


def _refuse_markup(token: Token, broken: bool, line: int) -> None:
    """Refuse text that would be printed as markup, or printed behind the line before it."""
    if token.type == "text_special":  # a sign behind a backslash, or an entity, is meant
        return
    if "{eval}" in token.content:
        raise ProseError("thuyet_minh.chua_dong", line)
    if found := _MARKUP.search(token.content):
        raise ProseError("thuyet_minh.dau_la", line, sign=found[0][:40])
    if broken and _ITEM.match(token.content):
        raise ProseError("thuyet_minh.dong_muc", line, text=token.content[:40])


def expressions(source: str) -> tuple[str, ...]:
    """List the inline expressions of a Markdown cell, in order, repeats included."""
    if "{eval}" not in source:
        return ()
    return tuple(
        piece.source
        for block in parse_prose(source)
        for piece in block.pieces
        if isinstance(piece, Expression)
    )


def root_name(expression: str) -> str:
    """Check that an expression is pure, and give the name it starts from.

    Raises
    ------
    ProseError
        For anything but names, attributes and calls with constants: a computation belongs in the
        catalogue, where it is traced.

    Examples
    --------
    >>> root_name('thu.at("giua_ky").vs_plan')
    'thu'
    """
    for key, sign in _ODD_SIGNS.items():
        if found := sign.search(expression):
            raise ProseError(key, sign=found[0], code=f"U+{ord(found[0]):04X}")
    try:
        node = ast.parse(expression, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError):  # nested too deep; a NUL
        raise ProseError("so_tay.cu_phap") from None
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=value, attr=attr) if not attr.startswith("_"):
                node = value
            case ast.Call(func=func, args=args, keywords=words) if all(
                isinstance(item, ast.Constant) for item in (*args, *(word.value for word in words))
            ):
                node = func
            case _:
                raise ProseError("so_tay.phep_tinh")
    return node.id


def assigned_names(code: str) -> list[str]:
    """List the names that a code cell binds, repeats included."""
    names = []
    for node in ast.walk(syntax_tree(code)):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                names.append(name)
            case ast.alias(name=name, asname=asname):
                names.append(asname or name.split(".")[0])
    return names
