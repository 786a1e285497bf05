"""From the bytes of a landed file to numbered lines, in Arrow.

Nearly every block is plain: lines end in a newline, none is blank. Such a block is split without making an object of
each line. The others go line by line, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

# What bytes.strip takes for blank.
_BLANK = (b"\n", b" ", b"\t", b"\r", b"\v", b"\f")
_TAB, _NEWLINE, _RETURN, _SPACE = 9, 10, 13, 32
# Several batches, so that DuckDB reads them with several threads.
BATCH_LINES = 32_768


class Records(Protocol):
    """Some records of a landed file, whatever its format."""

    @property
    def blank(self) -> int:
        """How many blank rows of a table were skipped; blank lines of text are none."""

    def count(self) -> int:
        """How many there are."""

    def table(self, batch_id: str, name: str) -> pa.Table:
        """The records: batch_id, batch_line, landed_path, raw, and ``line``, JSON as text or null for no text."""


@dataclass(frozen=True)
class Block:
    """Whole lines of a file, the last without its line end; or one document, whatever line ends stand in it."""

    first: int
    content: bytes
    is_document: bool = False
    blank = 0

    @cached_property
    def _ends(self) -> npt.NDArray[np.int64]:
        """Where the newlines stand."""
        import numpy as np

        return np.flatnonzero(np.frombuffer(self.content, np.uint8) == _NEWLINE)

    @cached_property
    def is_plain(self) -> bool:
        """Whether no line is blank, begins with a blank or holds a carriage return."""
        import numpy as np

        edges = self.content[:1], self.content[-1:]
        if self.is_document or edges[0] in (b"", *_BLANK) or edges[1] == b"\n" or b"\r" in self.content:
            return False
        begin = np.frombuffer(self.content, np.uint8)[self._ends + 1]
        # The blanks but the space are the bytes 9 to 13.
        return not bool(((begin == _SPACE) | ((begin >= _TAB) & (begin <= _RETURN))).any())

    @property
    def line_ends(self) -> int:
        """How many newlines there are."""
        return len(self._ends)

    def count(self) -> int:
        """How many lines are not blank."""
        return len(self._ends) + 1 if self.is_plain else sum(1 for _ in self._lines())

    def table(self, batch_id: str, name: str) -> pa.Table:
        """The lines that are not blank, with their numbers; ``line`` is null where one is not UTF-8."""
        import pyarrow as pa

        numbers, raw = self._split()
        try:
            text = raw.cast(pa.string())
        except pa.ArrowInvalid:
            text = pa.array([_decoded(line) for line in raw.to_pylist()], pa.string())
        size = len(raw)
        table = pa.table(
            {
                "batch_id": pa.repeat(pa.scalar(batch_id), size),
                "batch_line": numbers,
                "landed_path": pa.repeat(pa.scalar(name), size),
                "raw": raw,
                "line": text,
            }
        )
        return pa.Table.from_batches(table.to_batches(max_chunksize=BATCH_LINES), table.schema)

    def _split(self) -> tuple[pa.Array, pa.Array]:
        import numpy as np
        import pyarrow as pa

        if self.is_plain:
            body, size = self.content.replace(b"\n", b""), len(self._ends) + 1
            # A line ends where its newline stood, less the newlines before.
            offsets = np.concatenate(([0], self._ends - np.arange(size - 1), [len(body)])).astype(np.int32)
            raw = pa.Array.from_buffers(pa.binary(), size, [None, pa.py_buffer(offsets), pa.py_buffer(body)])
            return pa.array(np.arange(self.first, self.first + size)), raw
        kept = list(self._lines())
        numbers = pa.array([number for number, _ in kept], pa.int64())
        return numbers, pa.array([line for _, line in kept], pa.binary())

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        lines = [self.content] if self.is_document else self.content.split(b"\n")
        return ((number, line.rstrip(b"\r")) for number, line in enumerate(lines, self.first) if line.strip())


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None
