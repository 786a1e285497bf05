"""Headers of a message as text."""

import json
from typing import Any


def headers_text(headers: Any) -> str | None:
    """Headers as a JSON object; bytes that are no UTF-8 with replacement characters."""
    if not headers:
        return None
    pairs = headers.items() if isinstance(headers, dict) else headers
    return json.dumps({name: _text(value) for name, value in pairs}, ensure_ascii=False)


def _text(value: object) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value if value is None else str(value)
