"""An identity: who asks, what they may do, and which labels they see."""

from dataclasses import dataclass
from typing import Literal

from serving.queries.scopes import WHOLE, Scope

Role = Literal["admin", "analyst", "planner", "generator", "viewer"]
PERMISSIONS = {
    "read": "read what is published",
    "export": "download tables and reports",
    "feedback": "report what really sold",
    "overrides": "put figures beside forecasts",
    "alerts": "acknowledge and resolve alerts",
    "tags": "put tags on releases",
    "runs": "start runs, audio analyses and the forecast's page, and follow them",
    "prices": "apply recommended prices",
    "landing": "land orders, products and signals",
    "generate": "ask for texts, pictures and audio",
    "admin": "manage users and API keys, read the audit log",
}
ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS),
    "analyst": frozenset({"read", "export", "feedback", "overrides", "alerts", "tags", "runs"}),
    "planner": frozenset({"read", "export", "feedback", "overrides", "alerts", "tags", "prices"}),
    "generator": frozenset({"read", "generate"}),
    "viewer": frozenset({"read"}),
}
# Concern everybody's data, so nobody who sees some labels only may do them.
NEEDS_WHOLE_SCOPE = frozenset({"landing", "runs", "admin"})


@dataclass(frozen=True)
class Identity:
    """Somebody who has shown who they are.

    Attributes:
        kind: a person with a session, or an API key.
        id: number of the user or key.
        name: how logs and overrides name them.
        permissions: what they may do, of `PERMISSIONS`.
        scope: which rows they see.
        role: the user's role; None of an API key.
    """

    kind: Literal["user", "key"]
    id: str
    name: str
    permissions: frozenset[str]
    scope: Scope = WHOLE
    role: str | None = None

    def may(self, permission: str) -> bool:
        """Whether they may do something; what concerns all labels is refused to whoever sees some only."""
        if permission in NEEDS_WHOLE_SCOPE and not self.scope.is_whole:
            return False
        return permission in self.permissions


def scope_of(labels: str | None) -> Scope:
    """The scope from how it is stored: label ids separated by commas, or None for everything."""
    return WHOLE if labels is None else Scope(frozenset(one for one in labels.split(",") if one))


def stored_labels(labels: frozenset[str] | None) -> str | None:
    """How the label ids of a scope are stored."""
    return None if labels is None else ",".join(sorted(labels))
