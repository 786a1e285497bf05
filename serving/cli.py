"""The `lacquer` command: which commands there are, and nothing of what they do."""

import inspect
from collections.abc import Callable

import typer

from serving.bench.command import bench
from serving.check import check
from serving.landing import demo
from serving.rebuild import rebuild
from serving.run import run
from serving.sql import sql

app = typer.Typer(
    name="lacquer",
    help="Lakehouse for music release intelligence. Start with `lacquer run`, then look with `lacquer sql`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals can hold personal data
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _told(command: Callable[..., None]) -> str:
    """The help of a command: its docstring, each paragraph as one line, which the terminal then folds."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


# These take a source pack's own options besides.
for command in (run, demo):
    app.command(help=_told(command), context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
        command
    )
for plain in (sql, check, rebuild, bench):
    app.command(help=_told(plain))(plain)


if __name__ == "__main__":
    app(prog_name="lacquer")
