"""`lacquer hold`: another program, such as Dagster, works on a lake in object storage."""

import os
import subprocess
from typing import Annotated

import typer

from serving.failures import fail
from serving.options import LakeOption, chosen_lake

CommandArgument = Annotated[list[str], typer.Argument(metavar="PROGRAM…", help="The program and its arguments.")]


def hold(program: CommandArgument, lake: LakeOption = None) -> None:
    """Hold the lake while a program works on it; its exit code is this command's.

    The program gets LACQUER_LAKE: the lake's folder, or of a lake in object storage the working copy at the newest
    state. What it writes there is in object storage every minute, and when it has ended. Other machines wait
    meanwhile; commands of this machine go on as on any lake.

    [bold]Examples[/bold]

    lacquer hold --lake s3://bucket/lake -- dagster dev

    lacquer hold --lake s3://bucket/lake -- sh
    """
    root = chosen_lake(lake)
    try:
        child = subprocess.Popen(program, env={**os.environ, "LACQUER_LAKE": root})
    except OSError as error:
        fail(f"{program[0]}: {error.strerror}; name a program behind --")
    try:
        code = child.wait()
    except KeyboardInterrupt:  # the program got it too
        code = child.wait()
    if code:
        raise typer.Exit(code if code > 0 else 128 - code)
