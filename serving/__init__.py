"""How people reach Lacquer: the command line and SQL; later the API and the chat.

Here live the commands, how their results are laid out and how progress is shown. No algorithm and no table: a command
reads its arguments, calls what does the work, and says what came of it.

To add a command: a module of its own with one function whose docstring ends in an example, its line in
`serving/cli.py`, and a test in tests/unit/serving. `lacquer --help` imports every command's module, so a module imports
engines (dagster, polars, duckdb, deltalake) inside its function; tests/unit/serving/test_cli.py watches the door.
"""
