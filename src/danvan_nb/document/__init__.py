"""The paper: the document tree of a notebook, and its writers, which draw from `templates/`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def page_templates() -> Environment:
    """Give the templates of HTML and Word: data are escaped, an unknown name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader(__name__, "templates")
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    env.trim_blocks = env.lstrip_blocks = True
    return env
