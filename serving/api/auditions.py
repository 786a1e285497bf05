"""The comparison of a generated stem with the track it was made for, where both are at hand; else why not."""

from typing import TYPE_CHECKING, Any

from audio.files import missing_packages
from serving.api.audio_inbox import NoInboxError, file_at_hand
from serving.queries.audio import files_of

if TYPE_CHECKING:
    from resources.generation.auditioning import Compared
    from serving.api.services import Services
    from serving.queries.reader import Reader


class NothingToCompareError(LookupError):
    """Original and stem cannot be compared here; the message says why."""


def audition_of(services: "Services", reader: "Reader", asset: dict[str, Any]) -> "Compared":
    """Original, stem and mix of a stem that the reader sees.

    Raises:
        NothingToCompareError: the original or a package is missing, or the sounds cannot be compared.
    """
    from lake.ingest.inbox.place import InboxUnreachableError, NotAtHandError

    if asset["kind"] != "stem" or not asset["path"]:
        raise NothingToCompareError("only stems are compared with an original")
    if missing := missing_packages():
        raise NothingToCompareError(f"the audio packages are missing ({', '.join(missing)}); install them: make audio")
    from audio.decode import NotDecodableError
    from audio.generation.audition import CannotAuditionError
    from resources.generation.auditioning import compared

    file_id = asset["inputs"].get("file_id") or (files_of(reader, asset["track_id"]) or (None,))[0]
    if file_id is None:
        raise NothingToCompareError(f"track {asset['track_id']} has no published analysis")
    try:
        original = file_at_hand(services, file_id)
    except NoInboxError as error:
        raise NothingToCompareError(str(error)) from None
    except NotAtHandError:
        raise NothingToCompareError("the inbox does not hold the original any more") from None
    except InboxUnreachableError:
        raise NothingToCompareError("the inbox does not answer; try again later") from None
    try:
        return compared(services.lake, asset, original)
    except (NotDecodableError, CannotAuditionError) as error:
        raise NothingToCompareError(str(error)) from None
    except OSError as error:
        raise NothingToCompareError(f"the sounds cannot be read or written: {type(error).__name__}") from None
