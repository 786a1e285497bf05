"""The work as a process: ``python -m benchmarks.crash.child LAKE POINT BOUNDARY [BUG]``."""

import sys
from pathlib import Path

from benchmarks.crash.points import install


def main(root: str, point: str, boundary: str, bug: str = "") -> None:
    """Run once, and die at the point or at that boundary."""
    from benchmarks.crash import work

    order: dict[str, bool] = {}
    install(point, int(boundary))
    if bug:
        from benchmarks.crash.bugs import BUGS

        plant, order = BUGS[bug]
        if plant is not None:
            plant()
    work.run(Path(root), **order)


if __name__ == "__main__":
    main(*sys.argv[1:])
