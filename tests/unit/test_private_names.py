"""No private name of a library is read, called, imported or replaced: it changes without notice.

Private is what begins with one underscore: part of a module's path, an imported name, an attribute of anything but
``self``, ``cls`` and ``super()`` that the file does not define itself, and such a name given to getattr or setattr.
Modules of ours and what is imported from them are not libraries; a test may also use names that our code defines.
"""

import ast
from collections.abc import Collection, Iterator

import pytest

from tests.unit.test_layout import CHECKOUT, PACKAGES, files_of_ours

# File and name, and why there is no public way.
EXCEPTIONS = {
    ("tests/integration/audio/test_analyze.py", "os._exit"): "ends a process like a kill, without its clean-up",
    ("tests/unit/lake/inbox/test_inbox_folder.py", "os._exit"): "ends a process like a kill, without its clean-up",
    (
        "tests/unit/audio/demucs_builders.py",
        "model._init_args_kwargs",
    ): "Demucs's format of a checkpoint asks for it",
}
# Codes of librdkafka, which the Kafka client documents under these names.
DOCUMENTED = ("KafkaError._",)
OURS = {*PACKAGES, "definitions", "tests", "infra"}
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def own_names(tree: ast.Module) -> set[str]:
    """Every name that the file defines: functions, classes, variables, arguments, attributes that it sets on self."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node.value):
            names.add(node.attr)
    return names


def is_own(node: ast.expr) -> bool:
    """Whether the expression is the object itself: its own private names are ours."""
    if isinstance(node, ast.Call):
        node = node.func
        return isinstance(node, ast.Name) and node.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def imported_from_us(tree: ast.Module) -> set[str]:
    """Names that the file imports from packages of ours."""
    return {
        (each.asname or each.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
        if (getattr(node, "module", None) or each.name).split(".")[0] in OURS
    }


def root_of(node: ast.expr) -> str:
    """The name that a chain of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def private_names(source: str, also_ours: Collection[str] = ()) -> Iterator[str]:
    """Private names that are not the file's own, as the code writes them."""
    tree = ast.parse(source)
    ours, modules = own_names(tree) | OF_NAMED_TUPLES | set(also_ours), imported_from_us(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] not in OURS:
            imported = [f"{node.module}.{each.name}" for each in node.names]
            yield from (name for name in imported if any(map(is_private, name.split("."))))
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if any(map(is_private, each.name.split("."))))
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in ours:
            if not is_own(node.value) and root_of(node) not in modules:
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            second = node.args[1] if called in ("getattr", "setattr") and len(node.args) > 1 else None
            if isinstance(second, ast.Constant) and is_private(str(second.value)) and second.value not in ours:
                if root_of(node.args[0]) in modules:
                    continue
                yield f"{called}({ast.unparse(node.args[0])}, {second.value!r})"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import sys\nsys._getframe(1)", ["sys._getframe"]),
        ("from dagster._core.storage import X", ["dagster._core.storage.X"]),
        ("from numpy import _globals", ["numpy._globals"]),
        ("import dagster._core", ["dagster._core"]),
        ("client._transport._pool", ["client._transport._pool", "client._transport"]),
        ("setattr(instance, '_event_storage', 1)", ["setattr(instance, '_event_storage')"]),
        ("class A:\n  def f(self): return self._own", []),
        ("def _own(): pass\nother._own()", []),
        ("row._replace(a=1)\nx.__doc__", []),
    ],
)
def test_the_rule_finds_private_names(source: str, found: list[str]) -> None:
    assert list(private_names(source)) == found


def test_no_private_name_of_a_library_is_used() -> None:
    sources = {str(file.relative_to(CHECKOUT)): file.read_text(encoding="utf-8") for file in files_of_ours("*.py")}
    defined = {name for source in sources.values() for name in own_names(ast.parse(source))}
    used = {
        (file, name)
        for file, source in sources.items()
        for name in private_names(source, defined if file.startswith("tests/") else ())
        if not name.startswith(DOCUMENTED)
    }
    assert used - EXCEPTIONS.keys() == set(), "use a public way, or say in EXCEPTIONS why there is none"
    assert EXCEPTIONS.keys() - used == set(), "an exception that nothing needs any more"
