"""A thread that mails scheduled reports while a server runs. Several servers share the work by the outbox."""

import logging
import threading

from serving.mailing.delivery import Post, deliver

EVERY_S = 30.0
log = logging.getLogger(__name__)


class ReportMailer:
    """Delivers every half minute between `start` and `stop`.

    Args:
        post: what mails are made of and sent by.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="report mailer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a mail that is under way leaves first."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                deliver(self._post)
            except Exception:  # the thread must go on: the outbox keeps what was not sent
                log.exception("scheduled reports could not be delivered; the next try is in %s s", EVERY_S)
            if self._ended.wait(EVERY_S):
                return
