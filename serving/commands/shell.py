"""The small shell of `lacquer sql`: statements end with a semicolon, words with a dot ask about the tables."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from serving.commands.rows import Format, write_rows
from serving.queries.published import explain, published_tables

if TYPE_CHECKING:
    import duckdb

HELP = """.tables          published tables
.columns NAME    columns of one table
.help            this
.quit            leave, as Ctrl-D does
Anything else is SQL; a semicolon ends it. Ctrl-C drops what was typed so far."""


class Shell:
    """Reads lines, runs statements on one connection, prints results; an error ends the statement, not the shell."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", read_line: Callable[[str], str] = input) -> None:
        self._connection = connection
        self._read_line = read_line

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
        command, _, name = words.partition(" ")
        if command == ".tables":
            print("\n".join(published_tables(self._connection)))
        elif command == ".columns" and name:
            self._execute(f"select column_name, column_type from (describe {name.strip()})")
        else:
            print(HELP)

    def _execute(self, statement: str) -> None:
        import duckdb

        try:
            write_rows(self._connection.execute(statement), Format.table)
        except duckdb.Error as error:
            print(f"error: {explain(error, self._connection)}")
        except KeyboardInterrupt:
            print("stopped")
