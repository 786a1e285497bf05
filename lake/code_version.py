"""A version of our own code: what a pure function does, as far as the source tells.

The version changes when the function's module, any module of ours that it imports, or the version of a library that
these import changes. Comments, docstrings and layout do not count. Modules are found by their import graph, so that a
table need not list what it rests on.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grimp

# Packages of pure logic. What orchestrates them does not change a number.
PURE = ("ml", "audio", "lake")
BITS = 48
# Libraries whose distribution has another name. Looking all of them up costs half a second.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "pyyaml"}


def code_version(entries: Iterable[str], texts: Iterable[str] = ()) -> int:
    """The version of modules and of the SQL or settings that feed them, a number of 48 bits. Imports none of them.

    Args:
        entries: names of modules below ``ml``, ``audio`` or ``lake``; a package stands for all of its modules.
        texts: SQL and parameters.

    Raises:
        ValueError: a module is not below one of these packages.
    """
    modules: set[str] = set()
    for entry in entries:
        modules |= upstream_modules(entry).union(*map(upstream_modules, _graph().find_descendants(entry)))
    parts = [f"{name}:{module_digest(name)}" for name in sorted(modules)]
    parts += [f"{name}=={_version(name)}" for name in sorted(_libraries(modules))]
    return number_of([*parts, *texts])


def number_of(texts: Iterable[str]) -> int:
    """A number of 48 bits that changes with any of the texts."""
    digest = sha256("\0".join(texts).encode())
    return int.from_bytes(digest.digest()[: BITS // 8])


def upstream_modules(module: str) -> set[str]:
    """The module and every module of ours that it imports, directly or not.

    Raises:
        ValueError: the module is not one of pure logic.
    """
    if module.partition(".")[0] not in PURE:
        raise ValueError(f"{module}: a function that computes a table lives below {', '.join(PURE)}, not here")
    return {module, *_graph().find_upstream_modules(module)} & set(_graph().modules) - _external()


@cache
def module_digest(module: str) -> str:
    """The SHA-256 of a module's syntax tree without docstrings."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module}: no source file, so its version cannot be computed")
    return tree_digest(Path(spec.origin).read_text(encoding="utf-8"))


def tree_digest(source: str) -> str:
    """The SHA-256 of a source's syntax tree without docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return sha256(ast.dump(tree).encode()).hexdigest()


@cache
def _graph() -> grimp.ImportGraph:
    import grimp

    return grimp.build_graph(*PURE, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)


@cache
def _external() -> set[str]:
    return {name for name in _graph().modules if _graph().is_module_squashed(name)}


def _version(distribution: str) -> str:
    """The installed version; an optional library that is not there computes nothing."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _libraries(modules: Iterable[str]) -> set[str]:
    """The distributions that the modules import; the standard library belongs to none."""
    imported = {found for name in modules for found in _graph().find_modules_directly_imported_by(name)}
    return {DISTRIBUTIONS.get(name, name) for name in (imported & _external()) - sys.stdlib_module_names}
