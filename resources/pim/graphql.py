"""GraphQL over HTTP as Pimcore's Data Hub speaks it: a POST of query and variables, faults included in 200 answers."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.web.caller import WebCaller


class PimError(RuntimeError):
    """The PIM answered, and said that it will not or cannot.

    Attributes:
        said: what the PIM said.
    """

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"PIM: {what}: {said}")
        self.said = said


class GraphQL:
    """An endpoint that queries and mutations are sent to.

    Args:
        url: its address.
        connect: makes what sends requests, when the first one is sent.
    """

    def __init__(self, url: str, connect: "Callable[[], WebCaller]") -> None:
        self.url = url
        self.server_time: int | None = None  # of the last answer, unix seconds, by the server's own clock
        self._connect = connect

    @cached_property
    def _caller(self) -> "WebCaller":
        return self._connect()

    def close(self) -> None:
        """Close the connections; the next request opens others."""
        if "_caller" in self.__dict__:
            self._caller.close()
            del self._caller

    def query(self, what: str, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer to a question; asked again where that may help.

        Raises:
            PimError: the answer holds errors, or is none.
            resources.web.errors.WebError: no answer.
        """
        return self._data(what, document, variables, repeatable=True)

    def mutate(self, what: str, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer to a change. Sent once: after a fault nobody knows whether it was carried out.

        Raises:
            PimError: the answer holds errors, or is none; the change may have been made all the same.
            resources.web.errors.WebError: no answer.
        """
        return self._data(what, document, variables, repeatable=False)

    def _data(
        self, what: str, document: str, variables: Mapping[str, Any] | None, *, repeatable: bool
    ) -> dict[str, Any]:
        body = {"query": document, "variables": dict(variables or {})}
        response = self._caller.request("POST", self.url, json=body, repeatable=repeatable)
        self.server_time = _moment(response.headers.get("Date")) or self.server_time
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            kind = response.headers.get("Content-Type", "no type")
            raise PimError(what, f"the answer is no JSON ({kind}); is {self.url} its GraphQL endpoint?") from None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors:
            said = "; ".join(str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in errors)
            hint = ": let the configuration of the endpoint show it" if "Cannot query field" in said else ""
            raise PimError(what, said[:2000] + hint)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise PimError(what, "the answer has no data")
        return data


def _moment(date: str | None) -> int | None:
    """The unix seconds of an HTTP date."""
    from email.utils import parsedate_to_datetime

    try:
        return int(parsedate_to_datetime(date or "").timestamp())
    except (ValueError, OverflowError):
        return None
