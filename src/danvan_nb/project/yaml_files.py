"""Reading YAML as models: every mistake is told in Vietnamese, with its line.

Owns the syntax and how pydantic's errors read. PyYAML's C loader reads the catalogue some twenty
times faster than ruamel.yaml.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from danvan_nb.errors import Issue, ParamsError, messages, nearest

Place = tuple[str, ...]
"""The keys that lead to a value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose dates stay text, so that a day which does not exist is told like any mistake."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML keeps it on the class
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@lru_cache(64)  # a batch reads the catalogue and the offices for every report
def read_yaml(kind: Any, text: str, file: str) -> Any:
    """Read a YAML text as a model, or as a mapping to models.

    Raises
    ------
    ParamsError
        With every wrong key and value, each with its line.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        row, said = mark.line + 1 if mark else None, getattr(err, "problem", err)
        raise ParamsError(Issue.of("yaml.cu_phap", file=file, row=row, error=said)) from err
    finally:
        loader.dispose()
    lines: dict[Place, int] = {}
    doubled: dict[Place, int] = {}
    _note_lines(node, (), lines, doubled)
    if doubled:
        raise ParamsError(
            Issue.of("khoa_trung", file=file, row=row, column=".".join(place))
            for place, row in doubled.items()
        )
    if not isinstance(data, Mapping):
        raise ParamsError(Issue.of("yaml.trong", file=file))
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as err:
        raise ParamsError(_issue(error, file, lines, kind) for error in err.errors()) from None


def _note_lines(
    node: yaml.Node | None, place: Place, lines: dict[Place, int], doubled: dict[Place, int]
) -> None:
    """Note the line of each key, and of each that is written a second time."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            (doubled if here in lines else lines)[here] = key.start_mark.line + 1
            _note_lines(value, here, lines, doubled)


def _issue(error: Any, file: str, lines: Mapping[Place, int], kind: Any) -> Issue:
    """Word one of pydantic's errors; a type that has no words of ours keeps its own."""
    place = tuple(str(part) for part in error["loc"] if part != "[key]")
    known_type = f"tham_so.{error['type']}" in messages()
    above = (place[:length] for length in range(len(place), 0, -1))
    found, facts = error.get("input"), {"todo": ""}
    if error["type"] in ("extra_forbidden", "invalid_key"):
        known = _known_keys(kind, place)
        facts["todo"] = nearest(place[-1], known, "Các khóa được dùng: " + ", ".join(known))
    if error["type"] == "missing" or not isinstance(found, (str, int, float, date)):
        found = ""
    return Issue.of(
        f"tham_so.{error['type']}" if known_type else "tham_so",
        file=file,
        row=next((lines[part] for part in above if part in lines), None),
        column=".".join(place),
        found=str(found),
        expected=str(error.get("ctx", {}).get("expected", "")).replace(" or ", " hoặc "),
        words=str(error["msg"]).removeprefix("Value error, "),
        **facts,
    )


def _known_keys(kind: Any, place: Iterable[str]) -> list[str]:
    """List the keys that stand beside an unknown one."""
    for key in tuple(place)[:-1]:
        kind = get_args(kind)[1] if get_args(kind) else kind.model_fields[key].annotation
    return [field.alias or name for name, field in kind.model_fields.items()]
