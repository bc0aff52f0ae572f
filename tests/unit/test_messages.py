"""The words of messages: each is used, each that is used is there, and each says something."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from danvan_nb.errors import SEVERITIES, Issue, messages

PACKAGE = Path(__file__).parents[2] / "src/danvan_nb"
MAKERS = ("Issue.of", "CellError", "ProseError")
"""What is called with the key of a message first."""
PARTS = {field.name for field in fields(Issue)}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in PACKAGE.rglob("*.py"):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def patterns_of(key: ast.expr) -> Iterator[str]:
    """Give a pattern for each text that an expression may be; a name may be any, and gives none."""
    match key:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.IfExp(body=one, orelse=other):
            yield from (*patterns_of(one), *patterns_of(other))
        case ast.JoinedStr(values=parts):
            texts = (part.value if isinstance(part, ast.Constant) else None for part in parts)
            yield "".join(".+" if text is None else re.escape(str(text)) for text in texts)


def key_patterns() -> Iterator[tuple[str, str]]:
    """Give where the code asks for a message, and a pattern for the keys that it may ask for."""
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in MAKERS:
                yield from ((name, pattern) for pattern in patterns_of(node.args[0]))


def test_every_key_in_the_code_is_a_message() -> None:
    """What the code asks for by its key is there."""
    keys = messages()
    lost = [
        f"{name}: {pattern}"
        for name, pattern in key_patterns()
        if not any(re.fullmatch(pattern, key) for key in keys)
    ]
    assert lost == []


def test_every_message_is_used() -> None:
    """No message is left behind by code that has gone."""
    words = {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    built = (
        pattern
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for pattern in patterns_of(node)
    )
    patterns = {pattern for pattern in built if re.fullmatch(r"\w+\\\.\.\+|\.\+\\\.\w+", pattern)}
    unused = [
        key
        for key in messages()
        if key not in words and not any(re.fullmatch(pattern, key) for pattern in patterns)
    ]
    assert unused == []


def test_every_message_says_something_once() -> None:
    """A message has its words, only fields of an issue, and its key stands in one file."""
    count: Counter[str] = Counter()
    for path in sorted((PACKAGE / "messages").glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        count.update([*told])
        for key, words in told.items():
            assert words["message"].strip(), key
            assert words.keys() <= PARTS, key
            assert words.get("severity", "error") in SEVERITIES, key
            assert not any(text.endswith(".") for text in words.values()), key
    assert [key for key, times in count.items() if times > 1] == []
