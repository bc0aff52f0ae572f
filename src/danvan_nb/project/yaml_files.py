"""Reading YAML as models: every mistake is told in Vietnamese, with its line.

Owns the syntax and how pydantic's errors read. PyYAML's C loader reads the catalogue some twenty
times faster than ruamel.yaml.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from danvan_nb.errors import DanvanError, Issue, ParamsError, nearest, variant
from danvan_nb.project.texts import UNPRINTABLE

Place = tuple[str, ...]
"""The keys that lead to a value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose values stay the text that was typed; the models say what is a number or a day.

    YAML 1.1 itself takes `012` for 10, `12:30` for 750 and `NO` for false. Blank is still nothing.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML keeps it on the class
        first: [pair for pair in pairs if pair[0] == "tag:yaml.org,2002:null"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_QUOTED = re.compile(r"[“”„‟«‘’‚‹].*[“”‟»’›\"']", re.DOTALL)
_NO_COMMENT = re.compile(r"\s+#(?:[^\s#!=-]|\s*[0-9]|$)")
_MARKUP = re.compile(r"(?:\$\{|\{\{)[^{}]*\}*|&[a-z]+;|&#[0-9]+;", re.IGNORECASE)
_NO_SPACE = re.compile(r"\s*(?:- )?\w+:[^\s/]")
_SIGNS = "@%`&*!|>{}[],-?"


@lru_cache(64)  # a batch reads the catalogue and the offices for every report
def read_yaml(kind: Any, text: str, file: str) -> Any:
    """Read a YAML text as a model, or as a mapping to models.

    Raises
    ------
    ParamsError
        With every wrong key and value, each with its line.
    """
    shown = text.replace("\u00a0", " ")  # a space to everybody but YAML
    lines: dict[Place, int] = {}
    doubled: dict[Place, int] = {}
    try:
        loader = _Loader(shown)
        try:
            node = loader.get_single_node()
            refuse_alias(node, file, ParamsError)
            data = loader.construct_document(node) if node else None
        finally:
            loader.dispose()
        _note_lines(node, (), lines, doubled)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError) as err:
        raise ParamsError(_syntax_issue(err, shown.split("\n"), file)) from err
    issues = [
        Issue.of("khoa_trung", file=file, row=row, column=".".join(place))
        for place, row in doubled.items()
    ]
    issues += _misread(node, shown.split("\n"), file)
    if issues:
        raise ParamsError(issues)
    if not isinstance(data, Mapping):
        raise ParamsError(Issue.of("yaml.trong", file=file))
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as err:
        raise ParamsError(_issue(error, file, lines, kind) for error in err.errors()) from None


def refuse_alias(root: yaml.Node | None, file: str, wrong: type[DanvanError]) -> None:
    """Refuse a value that is used again elsewhere: a few lines can so stand for billions."""
    seen: set[int] = set()
    waiting = [root] if root else []
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise wrong(Issue.of("yaml.neo", file=file, row=node.start_mark.line + 1))
        seen.add(id(node))
        for part in node.value if isinstance(node, yaml.CollectionNode) else ():
            waiting += part if isinstance(part, tuple) else (part,)


def _note_lines(
    node: yaml.Node | None, place: Place, lines: dict[Place, int], doubled: dict[Place, int]
) -> None:
    """Note the line of each key, and of each that is written a second time."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            (doubled if here in lines else lines)[here] = key.start_mark.line + 1
            _note_lines(value, here, lines, doubled)


def _misread(node: yaml.Node | None, lines: list[str], file: str) -> Iterator[Issue]:
    """Find values that YAML reads otherwise than they look: cut at a #, in typographic quotes."""
    if isinstance(node, yaml.ScalarNode) and UNPRINTABLE.search(node.value):
        found = UNPRINTABLE.sub("?", node.value)
        yield Issue.of("yaml.ky_tu", file=file, row=node.start_mark.line + 1, found=found)
    elif isinstance(node, yaml.ScalarNode) and (mark := _MARKUP.search(node.value)):
        row = node.start_mark.line + 1
        yield Issue.of("yaml.dau_la", file=file, row=row, found=node.value, sign=mark[0])
    elif isinstance(node, yaml.ScalarNode) and not node.style:
        end = node.end_mark
        row = lines[end.line] if end.line < len(lines) else ""
        if _NO_COMMENT.match(row, end.column):
            found = node.value + row[end.column :]
            yield Issue.of("yaml.dau_thang", file=file, row=end.line + 1, found=found.strip())
        if _QUOTED.fullmatch(node.value):
            yield Issue.of("yaml.ngoac_cong", file=file, row=end.line + 1, found=node.value)
    elif isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for each in part if isinstance(part, tuple) else (part,):
                yield from _misread(each, lines, file)


def _syntax_issue(err: Exception, lines: list[str], file: str) -> Issue:
    """Say what is wrong with a file that is no YAML, by its line rather than by the parser."""
    mark, problem = getattr(err, "problem_mark", None), str(getattr(err, "problem", ""))
    if "end of stream" in problem or "',' or" in problem:  # the end tells nothing of the beginning
        mark = err.context_mark  # type: ignore[attr-defined]
    at = min(mark.line if mark else 0, len(lines) - 1)
    if isinstance(err, yaml.reader.ReaderError):
        at = next(n for n, line in enumerate(lines) if UNPRINTABLE.search(line))
    elif "tab" in problem:
        at = next(n for n, line in enumerate(lines) if re.match(r" *\t", line))
    elif at and _NO_SPACE.match(lines[at - 1]):
        at -= 1
    line = lines[at]
    value = re.sub(r"^\s*(?:- +)*(?:[^\s:]+:\s)?\s*(?:- +)*", "", line)
    signs = (
        ("yaml.ky_tu", UNPRINTABLE.search(line)),
        ("yaml.hai_phan", "another document" in problem),
        ("yaml.tab", re.match(r" *\t", line)),
        ("yaml.dau_thang", _NO_COMMENT.search(line)),
        ("yaml.dau_dau", value[:1] and value[0] in _SIGNS),
        ("yaml.dau_cach", _NO_SPACE.match(line)),
        ("yaml.hai_cham", problem.startswith("mapping values")),
        ("yaml.ngoac", re.search("[\"']", line)),
        ("yaml.cu_phap", True),
    )
    key = next(key for key, seen in signs if seen)
    shown = UNPRINTABLE.sub("?", line.strip()[:60])
    return Issue.of(key, file=file, row=at + 1, found=shown, sign=value[:1])


def _issue(error: Any, file: str, lines: Mapping[Place, int], kind: Any) -> Issue:
    """Word one of pydantic's errors; a type that has no words of ours keeps its own."""
    place = tuple(str(part) for part in error["loc"] if part != "[key]")
    above = (place[:length] for length in range(len(place), 0, -1))
    found, facts = error.get("input"), {}
    if error["type"] in ("extra_forbidden", "invalid_key"):
        known = _known_keys(kind, place)
        facts["todo"] = nearest(place[-1], known, "Các khóa được dùng: " + ", ".join(known))
    if expected := error.get("ctx", {}).get("expected"):
        facts["expected"] = str(expected).replace(" or ", " hoặc ")
    if error["type"] == "missing" or not isinstance(found, (str, int, float, date)):
        found = ""
    return Issue.of(
        variant("tham_so", f"tham_so.{error['type']}"),
        file=file,
        row=next((lines[part] for part in above if part in lines), None),
        column=".".join(place),
        found=str(found),
        words=str(error["msg"]).removeprefix("Value error, "),
        **facts,
    )


def _known_keys(kind: Any, place: Iterable[str]) -> list[str]:
    """List the keys that stand beside an unknown one."""
    for key in tuple(place)[:-1]:
        kind = get_args(kind)[1] if get_args(kind) else kind.model_fields[key].annotation
    return [field.alias or name for name, field in kind.model_fields.items()]
