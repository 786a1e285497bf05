"""The audio inbox and what hearing it needs, as the installation has them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import ResourceParam
from pydantic import SecretStr

from audio.files import missing_packages
from lake.ingest.inbox.address import scheme_of
from resources.settings import Settings

if TYPE_CHECKING:
    from lake.ingest.inbox.place import Inbox
    from lake.lakehouse import Lake


@dataclass(frozen=True)
class AudioResource:
    """Where audio files are put, how many processes may hear at once, and what separates stems."""

    inbox: str | None
    processes: int
    stem_models: Path | None = None
    stem_model: str = "htdemucs"
    endpoint: str | None = None
    account: str | None = None
    secret: SecretStr | None = None
    region: str | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "AudioResource":
        """What the settings say."""
        return cls(
            settings.inbox,
            settings.threads,
            settings.stem_models,
            settings.stem_model,
            settings.inbox_endpoint,
            settings.inbox_account,
            settings.inbox_secret,
            settings.inbox_region,
        )

    def open(self, store: "Lake") -> "Inbox":
        """The inbox; what is fetched from object storage lies below the lake until it has been heard."""
        from lake.ingest.inbox.opening import Access, open_inbox

        assert self.inbox is not None, "ask wanting() first"
        secret = self.secret.get_secret_value() if self.secret else None
        access = Access(self.endpoint, self.account, secret, self.region)
        return open_inbox(self.inbox, access, store.root / "audio" / "inbox")

    def wanting(self) -> str | None:
        """What has to be set or installed before anything is heard; None: nothing."""
        if self.inbox is None:
            return "no audio is heard: name the folder that it is put into in LACQUER_INBOX"
        missing = missing_packages()
        if scheme_of(self.inbox) is not None and find_spec("obstore") is None:
            missing.append("obstore")
        if missing:
            return f"no audio is heard: the audio packages are missing ({', '.join(missing)}); install them: make audio"
        return None


@dataclass(frozen=True)
class StemModel:
    """A model that can separate: the folder it is in, its name, and the checksum of its weights."""

    folder: Path
    name: str
    checksum: str


def usable_model(folder: Path | None, name: str) -> StemModel | str:
    """The model, its weights verified; or why nothing can be separated, and what to do about it."""
    from audio.separation.demucs_models import missing_packages
    from audio.separation.separator import CannotSeparateError
    from audio.separation.weights import trusted

    if missing := missing_packages():
        return f"not installed: {', '.join(missing)}; install them with make stems"
    if folder is None:
        return "no folder of models is named; set LACQUER_STEM_MODELS, or name one with --models"
    try:
        return StemModel(folder, name, trusted(folder, name).checksum)
    except CannotSeparateError as error:
        return str(error)


AudioParam = ResourceParam[AudioResource]
