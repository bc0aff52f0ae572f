"""What a notebook's parameter cells set, read from their syntax tree: `params_file`, no more."""

import ast
from collections.abc import Iterable
from contextlib import suppress

from danvan_nb.errors import Issue, ParamsError


def syntax_tree(code: str) -> ast.Module:
    """Parse a code cell; lines of IPython magic are passed over, and code that is wrong is empty.

    What is wrong with it is for the kernel to say.
    """
    lines = ("pass" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines())
    with suppress(SyntaxError):
        return ast.parse("\n".join(lines))
    return ast.Module([], [])


def parameters_in(code: str) -> dict[str, object]:
    r"""Give the parameters that a cell sets, by name; None where the value is no constant.

    Examples
    --------
    >>> parameters_in('# Parameters\nparams_file = "a=b.yml"')
    {'params_file': 'a=b.yml'}
    """
    found: dict[str, object] = {}
    for node in syntax_tree(code).body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                found[name] = value.value if isinstance(value, ast.Constant) else None
    return found


def check_parameters(names: Iterable[str]) -> None:
    """Refuse any papermill parameter but `params_file`; papermill itself only logs them.

    Raises
    ------
    ParamsError
        Naming the others.
    """
    unknown = sorted({*names} - {"params_file"})
    if unknown:
        raise ParamsError(Issue.of("tham_so_la", found=", ".join(unknown)))
