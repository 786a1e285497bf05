"""The house keeps its own rules: names, locks, docstrings, short files."""

import ast
import re
import subprocess
from collections import Counter
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("assets", "audio", "benchmarks", "demo", "lacquer", "lake", "ml", "resources", "sensors", "serving")
LONGEST_FILE = 250
LARGEST_PACKAGE = 2000  # lines of a package of assets, with all that is in it


def files_of_ours(pattern: str) -> list[Path]:
    """Files in the checkout that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [CHECKOUT / name for name in listed if (CHECKOUT / name).is_file()]


def test_no_installed_distribution_owns_a_name_of_ours() -> None:
    owners = packages_distributions()
    taken = {name: owners[name] for name in (*PACKAGES, "definitions", "infra") if name in owners}
    assert taken == {}


@pytest.mark.parametrize("lock", sorted((CHECKOUT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_locks_name_packages_and_hashes_only(lock: Path) -> None:
    pin = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==[0-9a-z.+!]+( ; [^/\\]+)? \\")
    hash_line = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    foreign = [line for line in lock.read_text().splitlines() if not (pin.fullmatch(line) or hash_line.fullmatch(line))]
    assert foreign == []


def test_the_test_tools_stand_on_the_same_versions_as_the_core() -> None:
    def pins(name: str) -> set[str]:
        lines = (CHECKOUT / "requirements" / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if "==" in line}

    assert pins("core.txt") - pins("dev.txt") == set()


def test_the_front_door_joins_and_does_nothing_else() -> None:
    """definitions.py is outside import-linter's sight: it may join assets, resources and sensors, and know no logic."""
    tree = ast.parse((CHECKOUT / "definitions.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    known = {str(name).split(".")[0] for name in imported}
    assert known & {*PACKAGES, "infra"} <= {"assets", "resources", "sensors"}


def test_one_module_knows_the_delta_log_and_locks() -> None:
    """A lake on object storage is then a matter of one module."""
    seam = CHECKOUT / "lake/delta/storage.py"
    others = [file for package in PACKAGES for file in files_of_ours(f"{package}/*.py") if file != seam]
    found = {
        str(file.relative_to(CHECKOUT)): node.value if isinstance(node, ast.Constant) else "fcntl"
        for file in others
        for node in ast.walk(ast.parse(file.read_text()))
        if (isinstance(node, ast.Constant) and node.value in ("_delta_log", "_last_checkpoint"))
        or (isinstance(node, ast.Import) and any(name.name == "fcntl" for name in node.names))
    }
    assert found == {}


def test_every_folder_says_what_lives_in_it() -> None:
    folders = {file.parent for package in PACKAGES for file in files_of_ours(f"{package}/*.py")}
    silent = [
        str(folder.relative_to(CHECKOUT))
        for folder in sorted(folders)
        if not (init := folder / "__init__.py").is_file() or not ast.get_docstring(ast.parse(init.read_text()))
    ]
    assert silent == []


def test_no_module_holds_more_than_one_thought() -> None:
    lengths = {str(file.relative_to(CHECKOUT)): len(file.read_text().splitlines()) for file in files_of_ours("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_package_of_the_assets_grows_too_large() -> None:
    sizes: Counter[str] = Counter()
    for file in files_of_ours("assets/*/*.py"):
        sizes[file.relative_to(CHECKOUT).parts[1]] += len(file.read_text().splitlines())
    assert {name: lines for name, lines in sizes.items() if lines > LARGEST_PACKAGE} == {}


def test_no_two_packages_of_the_assets_import_each_other() -> None:
    graph = grimp.build_graph("assets", cache_dir=None)

    def package(module: str) -> str:
        return ".".join(module.split(".")[:2])

    upstream: dict[str, set[str]] = {}
    for module in graph.modules:
        found = {package(one) for one in graph.find_modules_directly_imported_by(module)}
        upstream.setdefault(package(module), set()).update(found - {package(module), "assets"})
    TopologicalSorter(upstream).prepare()  # raises CycleError, which names the circle
