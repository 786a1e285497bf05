"""How a benchmark says that it cannot measure: `lacquer bench` prints the message as one line."""


class BenchmarkError(RuntimeError):
    """Something is missing or wrong; the message names it and says what to do."""
