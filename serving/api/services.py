"""What the requests of a server share: the lake, its publications, accounts, the rate limiter, metrics."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from serving.accounts.identity import Identity
from serving.accounts.keys import identity_of_key
from serving.accounts.oidc import Provider
from serving.accounts.secrets import TokenHasher
from serving.accounts.sessions import Session, session_of
from serving.accounts.tables import metadata
from serving.api.metrics import OperationCollector
from serving.api.sharing_files import SharedFiles
from serving.copilot.suggest import Suggester
from serving.metrics.layer import MetricLayer
from serving.queries.hypothetical import HypotheticalForecasts
from serving.queries.live import LiveModel
from serving.queries.publications import Publications

if TYPE_CHECKING:
    from starlette.requests import Request

    from lake.lakehouse import Lake
    from resources.database import Database
    from resources.settings import Settings

COOKIE = "lacquer_session"
KEY_KNOWN_S = 2.0  # a revoked key is refused after so long at most
MOST_KNOWN = 10_000


@dataclass
class Services:
    """One server's state; everything that two servers must agree on lies in the lake or the operational database."""

    settings: "Settings"
    lake: "Lake"
    database: "Database"
    hasher: TokenHasher
    publications: Publications
    limiter: Any
    rate: Any
    provider: Provider | None = None
    suggester: Suggester | None = None
    metric_layer: MetricLayer = field(default_factory=MetricLayer)
    shared_files: SharedFiles = field(default_factory=SharedFiles)
    hypothetical: HypotheticalForecasts = field(default_factory=HypotheticalForecasts)
    _known: dict[str, tuple[float, Identity | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    operation: OperationCollector = field(init=False)
    live_model: LiveModel = field(init=False)

    def __post_init__(self) -> None:
        self.operation = OperationCollector(self.publications)
        self.live_model = LiveModel(self.lake)

    @classmethod
    def of(cls, settings: "Settings") -> "Services":
        """The services of an installation."""
        from limits import parse
        from limits.storage import storage_from_string
        from limits.strategies import MovingWindowRateLimiter

        from lake.lakehouse import Lake
        from resources.database import Database

        lake = Lake(settings.lake)
        database = Database.from_settings(settings, metadata())
        secret = settings.secret_key.get_secret_value() if settings.secret_key else None
        return cls(
            settings,
            lake,
            database,
            TokenHasher.of(database, secret),
            Publications(lake),
            MovingWindowRateLimiter(storage_from_string(settings.rate_storage)),
            parse(settings.rate_limit),
            Provider.of(settings),
            Suggester.of(settings),
        )

    def identity_of_key(self, key: str) -> Identity | None:
        """Whose API key it is; the answer is kept for two seconds."""
        digest, now = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(), time.monotonic()
        with self._lock:
            known = self._known.get(digest)
        if known and known[0] > now:
            return known[1]
        found = identity_of_key(self.database, self.hasher, key)
        with self._lock:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[digest] = (now + KEY_KNOWN_S, found)
        return found

    def session(self, request: "Request") -> Session | None:
        """The session of the browser that sends a request; asked once per request."""
        if not hasattr(request.state, "session"):
            token = request.cookies.get(COOKIE, "")
            request.state.session = session_of(self.database, self.hasher, token) if token else None
        found: Session | None = request.state.session
        return found

    def close(self) -> None:
        """Stop following the lake and close the database."""
        self.publications.stop()
        self.shared_files.close()
        self.live_model.close()
        self.database.close()
