"""What a Markdown cell says: blocks, emphasis, and inline expressions in MyST's `{eval}` role.

Owns the part of MyST that a report may use, and the rule that an inline expression is pure. It
evaluates nothing.
"""

import ast
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
from danvan_nb.report.parameters import syntax_tree

SILENT = {"list_item_open", "list_item_close", "paragraph_close", "heading_close"}
SILENT |= {"myst_line_comment"}
"""What the parser tells and a report has nothing to say of."""
_PARSER = MarkdownIt("commonmark").use(myst_block_plugin).use(myst_role_plugin)


class ProseError(NotebookError):
    """Something in a notebook's cell that a report can't say."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(Issue.of(key, **facts))

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
    lists: list[int | None] = []  # one entry per open list: the next number, None for dashes
    kind, level = "paragraph", 0
    for token in _PARSER.parse(source):
        match token.type:
            case "heading_open":
                kind, level = "heading", int(token.tag[1])
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "paragraph_open":
                kind, level = "item" if lists and lists[-1] is None else "paragraph", 0
            case "inline":
                mark = _next_mark(lists) if kind == "paragraph" else ()
                blocks.append(ProseBlock(kind, mark + _pieces(token.children or []), level))
            case other if other not in SILENT:
                raise ProseError("thuyet_minh.thanh_phan", kind=other)
    return tuple(blocks)


def _next_mark(lists: list[int | None]) -> tuple[Text, ...]:
    """Number a paragraph of the innermost list, a khoản without a title, if that is numbered."""
    number = lists[-1] if lists else None
    if number is None:
        return ()
    lists[-1] = number + 1
    return (Text(f"{number}. "),)


def _pieces(tokens: Iterable[Token]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    bold = italic = False
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                if "{eval}" in token.content:
                    raise ProseError("thuyet_minh.chua_dong")
                if token.content:
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
                raise ProseError("thuyet_minh.vai_tro_la", role=token.meta["name"])
            case other:
                raise ProseError("thuyet_minh.thanh_phan", kind=other)
    return tuple(pieces)


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
    try:
        node = ast.parse(expression, mode="eval").body
    except SyntaxError:
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
