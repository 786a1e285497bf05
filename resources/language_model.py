"""The language model: JSON from an OpenAI-compatible server, with retries and one clear error for each failure."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from resources.settings import Settings

RETRIES = 2  # of the client, with back-off: 408, 409, 429, 5xx and lost connections


class LanguageModelError(Exception):
    """No usable answer came.

    `state` is timeout, unreachable, refused_request, rate_limit, server, refusal or invalid; `tokens` are those that it
    cost to read and to write, None where nobody knows.
    """

    def __init__(self, state: str, message: str, tokens: tuple[int, int] | None = (0, 0)) -> None:
        super().__init__(message)
        self.state, self.tokens = state, tokens


@dataclass(frozen=True)
class Answer:
    """A parsed answer with the model that gave it and the tokens that it cost, counted once."""

    content: dict[str, Any]
    model: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class LanguageModel:
    """A model on a server that speaks OpenAI's protocol of chat completions."""

    url: str
    key: str
    model: str
    timeout_s: float = 60.0
    retries: int = RETRIES

    @classmethod
    def from_settings(cls, settings: Settings) -> "LanguageModel | None":
        """The model of the settings; None where no server or no model is named."""
        if not settings.language_model_url or not settings.language_model:
            return None
        key = settings.language_model_key.get_secret_value() if settings.language_model_key else "none"
        return cls(settings.language_model_url, key, settings.language_model, settings.language_model_timeout_s)

    def answer(self, instructions: str, question: str, schema: dict[str, Any], *, seed: int = 0) -> Answer:
        """Ask for JSON by a schema.

        Raises:
            LanguageModelError: no usable answer came.
        """
        import openai

        client = openai.OpenAI(base_url=self.url, api_key=self.key, timeout=self.timeout_s, max_retries=self.retries)
        with clear_errors(self.url, self.timeout_s, "chat completion"), client:
            completion = client.chat.completions.create(
                model=self.model,
                messages=[{"role": "system", "content": instructions}, {"role": "user", "content": question}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": schema, "strict": True},
                },
                seed=seed,
            )
        return _answer_of(completion, self.url)


@contextmanager
def clear_errors(url: str, timeout_s: float, wanted: str) -> Iterator[None]:
    """Turn the errors of the client into one each of ours; `wanted` names the answer that was expected.

    Raises:
        LanguageModelError: no usable answer came.
    """
    import openai

    try:
        yield
    except openai.APITimeoutError as error:
        raise LanguageModelError("timeout", f"{url}: no answer within {timeout_s:g} s", None) from error
    except openai.APIConnectionError as error:
        raise LanguageModelError("unreachable", f"{url}: {error}; check the URL", None) from error
    except openai.APIStatusError as error:
        raise LanguageModelError(_state_of(error.status_code), f"{url}: status {error.status_code}") from error
    except (openai.OpenAIError, ValueError) as error:
        raise LanguageModelError("invalid", f"{url}: the answer is no {wanted} ({error})", None) from error


def _state_of(status: int) -> str:
    if status == 429:
        return "rate_limit"
    return "server" if status >= 500 else "refused_request"


def _answer_of(completion: Any, url: str) -> Answer:
    """The parsed content of a completion; what does not hold together is an error, not a guess."""
    try:
        choice = completion.choices[0]
        reason, message, usage = choice.finish_reason, choice.message, completion.usage
        refusal, content = message.refusal, message.content
        tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
    except (AttributeError, IndexError, TypeError) as error:
        raise LanguageModelError("invalid", f"{url}: the answer is no chat completion ({error})", None) from error
    if refusal or reason == "content_filter":
        raise LanguageModelError("refusal", f"{url}: the model refused: {refusal or 'content filter'}", tokens)
    if reason != "stop":
        raise LanguageModelError("invalid", f"{url}: the answer was cut off ({reason})", tokens)
    try:
        parsed = json.loads(content or "")
    except ValueError as error:
        raise LanguageModelError("invalid", f"{url}: the answer is no JSON ({error})", tokens) from error
    if not isinstance(parsed, dict):
        raise LanguageModelError("invalid", f"{url}: the answer is no JSON object", tokens)
    return Answer(parsed, completion.model or "", *tokens)
