"""How an installation generates: models and their prices, limits, places, and the maker of each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resources.generation.making import Maker
from resources.settings import Settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.image_model import ImageModel
    from resources.language_model import LanguageModel


@dataclass(frozen=True)
class Generation:
    """How an installation generates.

    Attributes:
        model: writes texts; None: templates do.
        model_prices: of a million tokens, read and written.
        image_model: paints pictures; None: rules draw them.
        image_price: of one picture that it paints.
        stem_models: folder of models with weights, of stems and pictures; None: rules only.
        may_use_cpu: whether those may run where no GPU is.
        monthly_limit: money that generation may cost in a month; None: no limit.
        places: how many workers may work on a lake at once.
    """

    model: "LanguageModel | None" = None
    model_prices: tuple[float, float] = (0.0, 0.0)
    monthly_limit: float | None = None
    places: int = 1
    image_model: "ImageModel | None" = None
    image_price: float = 0.0
    stem_models: Path | None = None
    may_use_cpu: bool = False
    makers: Mapping[str, Callable[["Lake"], Maker]] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Generation":
        """What the settings say."""
        from resources.image_model import ImageModel
        from resources.language_model import LanguageModel

        return cls(
            LanguageModel.from_settings(settings),
            (settings.language_model_input_price, settings.language_model_output_price),
            settings.generation_monthly_limit,
            settings.generation_places,
            ImageModel.from_settings(settings),
            settings.image_price,
            settings.generation_models,
            settings.generation_cpu,
        )

    def maker(self, kind: str, lake: "Lake") -> Maker:
        """The maker of a kind of request."""
        if kind in self.makers:
            return self.makers[kind](lake)
        if kind == "stem":
            from resources.generation.stems import StemMaker

            return StemMaker(lake, self.stem_models, self.may_use_cpu, self.model, self.model_prices)
        if kind == "picture":
            from resources.generation.pictures import PictureMaker

            return PictureMaker(lake, self.image_model, self.image_price, self.stem_models, self.may_use_cpu)
        from resources.generation.texts import TextMaker

        return TextMaker(lake, self.model, self.model_prices)
