"""The small shell of `lacquer sql`: statements end with a semicolon, words with a dot ask about the tables."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from serving.commands.rows import FILES, Format, write_rows
from serving.queries.published import explain, published_tables

if TYPE_CHECKING:
    import duckdb

HELP = """.tables          published tables
.columns NAME    columns of one table
.format NAME     table, lines (a column per line), csv or json
.help            this
.quit            leave, as Ctrl-D does
Anything else is SQL; a semicolon ends it. Ctrl-C drops what was typed so far."""


def pieces(text: str) -> Iterator[str]:
    """A text in dot-commands, each a line of its own that begins with a dot, and the SQL between them."""
    pending: list[str] = []
    for line in text.splitlines():
        is_command = line.strip().startswith(".") and line.strip()[1:2].isalpha()
        between = not "".join(pending).strip() or "".join(pending).rstrip().endswith(";")
        if is_command and between:
            if "".join(pending).strip():
                yield "\n".join(pending)
            pending = []
            yield line.strip()
        else:
            pending.append(line)
    if "".join(pending).strip():
        yield "\n".join(pending)


def dot_command(connection: "duckdb.DuckDBPyConnection", words: str, form: Format = Format.table) -> None:
    """Answer a word with a dot."""
    command, _, name = words.partition(" ")
    if command == ".tables":
        print("\n".join(published_tables(connection)))
    elif command == ".columns" and name:
        write_rows(connection.execute(f"select column_name, column_type from (describe {name.strip()})"), form)
    else:
        print(HELP)


class Shell:
    """Reads lines, runs statements on one connection, prints results; an error ends the statement, not the shell."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", read_line: Callable[[str], str] = input) -> None:
        self._connection = connection
        self._read_line = read_line
        self._form = Format.table

    def run(self) -> None:
        """Serve until .quit or the end of the input."""
        import readline  # noqa: F401  (gives input() its history and line editing)

        print("One published state of the lake; statements end with ;  .tables lists, .help helps, .quit leaves")
        pending: list[str] = []
        while True:
            try:
                line = self._read_line("     ...> " if pending else "lacquer> ")
            except EOFError:
                print()
                return
            except KeyboardInterrupt:
                print()
                pending.clear()
                continue
            if not pending and line.strip().startswith("."):
                if line.strip() in (".quit", ".exit"):
                    return
                self._answer(line.strip())
                continue
            pending.append(line)
            if line.rstrip().endswith(";"):
                self._execute("\n".join(pending))
                pending.clear()

    def _answer(self, words: str) -> None:
        if words.startswith(".format"):
            names = [form.value for form in Format if form not in FILES]
            name = words.partition(" ")[2].strip()
            if name in names:
                self._form = Format(name)
            else:
                print(f".format NAME, one of {', '.join(names)}")
            return
        self._run(lambda: dot_command(self._connection, words, self._form))

    def _execute(self, statement: str) -> None:
        self._run(lambda: write_rows(self._connection.execute(statement), self._form))

    def _run(self, work: Callable[[], None]) -> None:
        import duckdb

        try:
            work()
        except duckdb.Error as error:
            print(f"error: {explain(error, self._connection)}")
        except KeyboardInterrupt:
            print("stopped")
