"""Which Lacquer this is: its version, and the commit where it runs from a checkout."""

from pathlib import Path

VERSION = "0.1.0"
_ROOT = Path(__file__).resolve().parents[1]


def version() -> str:
    """The version, ``0.1.0``; from a checkout with its commit, ``0.1.0+1a2b3c4d5``."""
    commit = _commit(_ROOT / ".git")
    return f"{VERSION}+{commit[:9]}" if commit else VERSION


def _commit(git: Path) -> str:
    """The commit that is checked out, as git's files say; empty where there is no repository."""
    if git.is_file():  # a worktree names its folder
        git = (git.parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
    head = git / "HEAD"
    if not head.is_file():
        return ""
    said = head.read_text().strip()
    if not said.startswith("ref: "):
        return said
    name = said.removeprefix("ref: ")
    shared = git / "commondir"
    common = (git / shared.read_text().strip()).resolve() if shared.is_file() else git
    for folder in (git, common):
        if (folder / name).is_file():
            return (folder / name).read_text().strip()
    packed = common / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")
