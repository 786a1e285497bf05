"""The audio inbox and what hearing it needs, as the installation has them."""

from dataclasses import dataclass
from pathlib import Path

from dagster import ResourceParam

from audio.files import missing_packages
from resources.settings import Settings


@dataclass(frozen=True)
class AudioResource:
    """The folder that audio files are put into, how many processes may hear at once, and what separates stems."""

    inbox: Path | None
    processes: int
    stem_models: Path | None = None
    stem_model: str = "htdemucs"

    @classmethod
    def from_settings(cls, settings: Settings) -> "AudioResource":
        """What the settings say."""
        return cls(settings.inbox, settings.threads, settings.stem_models, settings.stem_model)

    def wanting(self) -> str | None:
        """What has to be set or installed before anything is heard; None: nothing."""
        if self.inbox is None:
            return "no audio is heard: name the folder that it is put into in LACQUER_INBOX"
        if missing := missing_packages():
            return f"no audio is heard: the audio packages are missing ({', '.join(missing)}); install them: make audio"
        return None


def why_no_stems(folder: Path | None, model: str) -> str | None:
    """Why nothing can be separated, and what to do about it; None where it can."""
    from audio.separation.demucs_models import missing_packages
    from audio.separation.separator import CannotSeparateError
    from audio.separation.weights import trusted

    if missing := missing_packages():
        return f"not installed: {', '.join(missing)}; install them with make stems"
    if folder is None:
        return "no folder of models is named; set LACQUER_STEM_MODELS, or name one with --models"
    try:
        trusted(folder, model)
    except CannotSeparateError as error:
        return str(error)
    return None


AudioParam = ResourceParam[AudioResource]
