"""The command `danvan-nb`: the list of its commands, each imported when it is called.

A command is the function of the command's name in the module of that name.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from danvan_nb.commands import console
from danvan_nb.commands.streams import make_robust
from danvan_nb.errors import program

COMMANDS = {name: about["about"] for name, about in console.HELP.items() if "about" in about}
"""What each command does, in the order of the help."""
PLAIN: Any = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}


class _Commands(Mapping[str, Any]):
    """The commands by name; a module may have its own class `Command`."""

    def __getitem__(self, name: str) -> Any:
        about = COMMANDS[name]
        module = import_module(f"danvan_nb.commands.{name}")
        alone = typer.Typer(**PLAIN)
        kind = getattr(module, "Command", console.Command)
        alone.command(cls=kind, help=about, options_metavar="[TÙY CHỌN]")(getattr(module, name))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _CommandGroup(console.Vietnamese, TyperGroup):
    """All commands together."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = _Commands()  # type: ignore[assignment]  # it is only read

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List what there is without importing it."""
        with formatter.section("Lệnh"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command that is called; wrong arguments are told in Vietnamese."""
        make_robust()
        try:
            code = super().main(
                *args, **options | {"standalone_mode": False, "prog_name": program()}
            )
        except typer.TyperException as error:
            code = error.exit_code
            sys.stderr.write(_told(error) + "\n")
        except typer.Abort:
            code = 1
        sys.exit(code)


def _told(error: typer.TyperException) -> str:
    """Word a wrong call, below the usage where it is known; no argument at all gets the help."""
    message, ctx = error.format_message(), getattr(error, "ctx", None)
    if ctx and message == ctx.get_help():
        return message
    usage = f"{ctx.get_usage()}\nXem: {ctx.command_path} --help\n\n" if ctx else ""
    return f"{usage}Lỗi: {console.in_vietnamese(message)}"


PROGRAM: Any = console.HELP["program"]
app = typer.Typer(name="danvan-nb", cls=_CommandGroup, no_args_is_help=True, **PROGRAM, **PLAIN)


@app.callback()
def main() -> None:
    """Hold the commands together."""
