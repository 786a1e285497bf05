"""What a source pack is: its name, its options and what it reports.

The packs themselves are listed in `demo.packs`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

Progress = Callable[[str, int, int], None]
"""Called with what is being written, how many of its steps are done, and how many there are."""

OptionsType = TypeVar("OptionsType")


class PackError(ValueError):
    """A pack cannot land what was asked: the message names the thing, the rule and the way out."""


@dataclass(frozen=True)
class StreamCount:
    """Files, lines and bytes of one stream, and how many of the files and lines this call wrote."""

    files: int = 0
    lines: int = 0
    bytes: int = 0
    new_files: int = 0
    new_lines: int = 0


@dataclass(frozen=True)
class SourceFate:
    """What became of the rows of one raw file, of which one kind of line is made: landed, or left out for a reason."""

    source: str
    becomes: str
    rows: int
    landed: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Landed:
    """What stands in the landing folder after a call, per stream; and, of packs that read raw files, their balance."""

    root: Path
    streams: Mapping[str, StreamCount]
    balance: Sequence[SourceFate] = ()

    @property
    def new_files(self) -> int:
        """Files that this call wrote; zero when everything was there."""
        return sum(count.new_files for count in self.streams.values())

    @property
    def lines(self) -> int:
        """Lines of all streams."""
        return sum(count.lines for count in self.streams.values())


class Land(Protocol):
    """Writes a pack's landing files under a lake root; the same call twice writes nothing the second time."""

    def __call__(
        self, root: Path, *, data: Path | None, options: Mapping[str, Any], progress: Progress | None
    ) -> Landed:
        """Land everything that the options ask for and that is not there yet."""


@dataclass(frozen=True)
class Pack:
    """One source pack. `options_type` is the dataclass whose fields and defaults are the pack's options."""

    name: str
    description: str
    needs_data: bool
    options_type: type[Any]
    land_files: Land

    def land(
        self,
        root: Path,
        *,
        data: Path | None = None,
        options: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> Landed:
        """Write the landing files that are not there yet; see `Land`."""
        if self.needs_data and data is None:
            raise PackError(f"pack {self.name} reads a data set from disk: say where it is with --data DIR")
        return self.land_files(root, data=data, options=options or {}, progress=progress)


def read_options(options_type: type[OptionsType], options: Mapping[str, Any], pack: str) -> OptionsType:
    """Return the options as the pack's dataclass; an unknown name is an error that lists the known ones."""
    known = [field.name for field in dataclasses.fields(options_type)]  # type: ignore[arg-type]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise PackError(f"pack {pack} has no option {', '.join(unknown)}; it has {', '.join(known)}")
    return options_type(**options)
