"""Where an installation sends alerts: the channels' file and the operational database, as a Dagster resource."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import ResourceParam

from resources.settings import Settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake


@dataclass(frozen=True)
class Delivery:
    """What `LACQUER_ALERT_CHANNELS` names; without a file nothing is sent."""

    settings: Settings

    @property
    def channels_file(self) -> Path | None:
        """The file of channels."""
        return self.settings.alert_channels

    def deliver(self, lake: "Lake") -> tuple[int, int, int]:
        """Put what is new into the outbox and send what is due: new, sent and refused messages.

        Raises:
            ChannelError: the file names a channel that cannot be.
        """
        from resources.database import Database
        from resources.delivery.channels import read_channels
        from resources.delivery.outbox import TABLES
        from resources.delivery.sending import deliver_new

        if self.channels_file is None:
            return 0, 0, 0
        channels = read_channels(self.channels_file)
        database = Database.from_settings(self.settings, TABLES)
        try:
            return deliver_new(lake, database, channels)
        finally:
            database.close()


DeliveryParam = ResourceParam[Delivery]
