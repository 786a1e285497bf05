"""Shapes of answers: what a source reads of a document, with types; the document itself is kept beside it.

A field that an interface adds is no fault, one that is missing or has another type is.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from resources.outside.source import FormatError


class Shape(BaseModel):
    """What is read of one JSON object; ``raw`` is the object as it came."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    _raw: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        parsed = handler(data)
        parsed._raw = data if isinstance(data, dict) else {}
        return parsed

    def raw(self, without: Collection[str] = ()) -> dict[str, Any]:
        """The object as it came, decimals as text, without the fields of these names at any depth."""
        found = _plain(self._raw, frozenset(without))
        assert isinstance(found, dict)
        return found


S = TypeVar("S", bound=Shape)


def parsed(shape: type[S], answer: Any, whose: str) -> S:
    """The answer in its shape.

    Raises:
        FormatError: a field is missing or of another type; it names the first three.
    """
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors()[:3]]
        raise FormatError(f"not the documented shape of {whose}: {'; '.join(faults)}") from None


def _plain(value: Any, without: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one, without) for name, one in value.items() if name not in without}
    if isinstance(value, list):
        return [_plain(one, without) for one in value]
    return f"{value:f}" if isinstance(value, Decimal) else value
