"""The audio inbox and what hearing it needs, as the installation has them."""

from dataclasses import dataclass
from pathlib import Path

from dagster import ResourceParam

from audio.files import missing_packages
from resources.settings import Settings


@dataclass(frozen=True)
class AudioResource:
    """The folder that audio files are put into, and how many processes may hear at once."""

    inbox: Path | None
    processes: int

    @classmethod
    def from_settings(cls, settings: Settings) -> "AudioResource":
        """What the settings say."""
        return cls(settings.inbox, settings.threads)

    def wanting(self) -> str | None:
        """What has to be set or installed before anything is heard; None: nothing."""
        if self.inbox is None:
            return "no audio is heard: name the folder that it is put into in LACQUER_INBOX"
        if missing := missing_packages():
            return f"no audio is heard: the audio packages are missing ({', '.join(missing)}); install them: make audio"
        return None


AudioParam = ResourceParam[AudioResource]
