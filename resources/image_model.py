"""The model that paints pictures: the images endpoint of a server that speaks OpenAI's protocol."""

import base64
import binascii
from dataclasses import dataclass
from typing import Literal

from resources.language_model import RETRIES, LanguageModelError, clear_errors
from resources.settings import Settings

SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
PAID = (1, 0)  # in place of tokens: the picture was painted and is paid


@dataclass(frozen=True)
class ImageModel:
    """A model on a server."""

    url: str
    key: str
    model: str
    timeout_s: float = 60.0
    retries: int = RETRIES

    @classmethod
    def from_settings(cls, settings: Settings) -> "ImageModel | None":
        """The model of the settings; None where no server or no model is named."""
        url = settings.image_model_url or settings.language_model_url
        if not url or not settings.image_model:
            return None
        own = settings.image_model_key or (None if settings.image_model_url else settings.language_model_key)
        key = own.get_secret_value() if own else "none"
        return cls(url, key, settings.image_model, settings.language_model_timeout_s)

    def paint(self, prompt: str, width: int, height: int) -> bytes:
        """A picture as the server encodes it, in the size of the endpoint that is nearest in shape.

        Raises:
            LanguageModelError: no picture came; its `tokens` are `PAID` where it was painted all the same.
        """
        import openai

        client = openai.OpenAI(base_url=self.url, api_key=self.key, timeout=self.timeout_s, max_retries=self.retries)
        size = min(SIZES, key=lambda one: abs(one[0] / one[1] - width / height))
        # Newer models always answer with the data and refuse the parameter; the older ones need it.
        wants: Literal["b64_json"] | openai.Omit = "b64_json" if self.model.startswith("dall-e") else openai.omit
        with clear_errors(self.url, self.timeout_s, "picture"), client:
            answer = client.images.generate(
                model=self.model, prompt=prompt, size=f"{size[0]}x{size[1]}", n=1, response_format=wants
            )
        try:
            body = base64.b64decode((answer.data or [])[0].b64_json or "", validate=True)
        except (AttributeError, IndexError, TypeError, binascii.Error) as error:
            raise LanguageModelError("invalid", f"{self.url}: the answer is no picture ({error})", PAID) from error
        if not body:
            raise LanguageModelError("invalid", f"{self.url}: the answer has no picture in it (b64_json)", PAID)
        return body
