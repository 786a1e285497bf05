"""What the resolvers of one request share."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from strawberry.types import Info

from serving.graphql.loaders import Loaders
from serving.jobs.events import Event
from serving.queries.reader import Reader


@dataclass
class Context:
    """What the resolvers of one request share.

    Attributes:
        reader: of the state that a query is answered from.
        loaders: over it.
        follow_job: the events of a job; raises PermissionError or LookupError.
        newest: the reader of the newest state, for subscriptions; None once the sender may not read any more.
    """

    reader: Reader
    loaders: Loaders
    newest: Callable[[], Reader | None]
    follow_job: Callable[[str], AsyncIterator[Event]]


def context_of(info: Info) -> Context:
    """The context of a request."""
    context: Context = info.context["lacquer"]
    return context
