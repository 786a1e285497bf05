"""The `lacquer` commands that pages of the documentation show, word by word."""

import re
import shlex
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGES = [
    CHECKOUT / "README.md",
    *sorted((CHECKOUT / "docs").glob("*.md")),
    *sorted((CHECKOUT / "docs/how-to").glob("*.md")),
]
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"^(\w+=\S+ )+(?=lacquer )")


def shown(page: Path) -> list[list[str]]:
    r"""The words of each command in the page's blocks; a command may go on over lines while a quote or \\ is open."""
    return [words for words, _ in with_output(page)]


def with_output(page: Path) -> list[tuple[list[str], list[str]]]:
    """Each command and the lines that follow it in its block up to the next command: what it prints, where it does."""
    found: list[tuple[list[str], list[str]]] = []
    for block in FENCE.findall(page.read_text("utf-8")):
        lines, printed = block.split("\n"), []
        while lines:
            line = SETTING.sub("", lines.pop(0).removeprefix("$ "))
            if not line.startswith("lacquer "):
                printed.append(line)
                continue
            while lines and (line.endswith("\\") or line.count('"') % 2):
                line = line.removesuffix("\\") + "\n" + lines.pop(0)
            words = shlex.split(line, comments=True)[1:]
            ends = [number for number, word in enumerate(words) if word in ("|", ">", "&&", "&", "<", "2>")]
            printed = []
            found.append((words[: ends[0]] if ends else words, printed))
    return found
