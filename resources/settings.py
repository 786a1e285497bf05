"""All settings of an installation, in one typed class.

They come from the environment (`LACQUER_*`) and from `.env` at the root of the checkout; `.env.example` explains each.
Nothing is read from the network. Pure packages never see this class: they get plain values.
"""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from resources.lake_settings import LakeSettings
from resources.setting_paths import PROJECT_ROOT as PROJECT_ROOT
from resources.setting_paths import InboxAddress, PathFromCheckout, data_beside_checkout
from resources.setting_values import Domains, Engines, Pairs, TimeZone, Topics, usable_threads
from resources.tenants import chosen_tenant


class Settings(LakeSettings):
    """One installation: where its lake stands, what it reads, and the limits it keeps."""

    model_config = SettingsConfigDict(
        env_prefix="LACQUER_",
        env_file=PROJECT_ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: PathFromCheckout | None = Field(
        default_factory=data_beside_checkout, description="folder of the public data sets that source packs read"
    )
    database: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the operational database; default: an SQLite file beside the lake"
    )
    pseudonym_key: SecretStr | None = Field(
        None, min_length=32, description="key of the pseudonyms of personal data; without one nothing of it is stored"
    )
    erp_url: SecretStr | None = Field(None, description="address of the ERP's database, with the user that reads it")
    erp_tables: PathFromCheckout | None = Field(None, description="YAML file that lists which of its tables are pulled")
    allowed_bad_share: float = Field(
        0.01, ge=0, le=1, description="share of dead letters in one load above which the run fails"
    )
    allowed_bad_rows: int = Field(
        0, ge=0, description="number of dead letters in one load up to which the run goes on, whatever their share"
    )
    forecast_min_days: int = Field(28, ge=1, description="days from the first sale to the last, fewer: no forecast")
    forecast_min_sales: int = Field(
        10, ge=1, description="days on which a release sold, over all releases; fewer: no forecast"
    )
    forecast_min_releases: int = Field(1, ge=1, description="releases that sold; fewer: no forecast")
    sources: PathFromCheckout | None = Field(
        None, description="YAML file of the outside sources; without one nobody outside is called"
    )
    contact: str | None = Field(
        None, pattern=r"^[ -~]+$", description="address or URL that outside servers may ask about our requests"
    )
    pim_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$", description="GraphQL address of Pimcore's Data Hub; none: import files"
    )
    pim_api_key: SecretStr | None = Field(None, min_length=1, description="key of the Data Hub, sent as X-API-Key")
    pim_assets: str = Field(
        "/lacquer", pattern=r"^(/[A-Za-z0-9._-]+)+$", description="folder of the PIM's assets for what is approved"
    )
    erp_webhook_secret: SecretStr | None = Field(
        None, min_length=24, description="key that signs the ERP's webhooks; without one none is taken"
    )
    pim_webhook_secret: SecretStr | None = Field(
        None, min_length=24, description="key that signs the PIM's webhooks; without one none is taken"
    )
    inbox: InboxAddress = Field(
        None, description="folder, bucket or container that audio files are put into; without one none is heard"
    )
    inbox_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s@]+$",
        description="address of the object storage of the inbox; default: the cloud's",
    )
    inbox_account: str | None = Field(
        None,
        min_length=1,
        description="access key id of S3, or storage account of Azure; default: what AWS_*, AZURE_* say",
    )
    inbox_secret: SecretStr | None = Field(
        None, min_length=1, description="secret access key of S3, or account key of Azure"
    )
    inbox_region: str | None = Field(None, min_length=1, description="region of S3")
    kafka_brokers: str | None = Field(
        None, pattern=r"^[\w.-]+:\d+(,[\w.-]+:\d+)*$", description="brokers of Kafka or Event Hubs, host:port,host:port"
    )
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", description="how the brokers are reached"
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="SASL mechanism, where the security is a SASL one"
    )
    kafka_user: str | None = Field(None, min_length=1, description="SASL user")
    kafka_password: SecretStr | None = Field(None, min_length=1, description="SASL password")
    kafka_ca: PathFromCheckout | None = Field(None, description="PEM file of the authority that signs the brokers")
    kafka_certificate: PathFromCheckout | None = Field(None, description="PEM file of the client's certificate")
    kafka_key: PathFromCheckout | None = Field(None, description="PEM file of the client's key")
    kafka_group: str = Field("lacquer", pattern=r"^[\w.-]+$", description="prefix of the consumer groups")
    kafka_signals: Topics = Field((), description="topics of market signals")
    kafka_feedback: Topics = Field((), description="topics of feedback")
    kafka_erp: Topics = Field((), description="topics of the ERP's changes, as Debezium writes them")
    kafka_tables: PathFromCheckout | None = Field(
        None, description="YAML file that says how topics of the ERP encode their columns"
    )
    house_currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="currency that gold sums money up in; default: the lake's one currency"
    )
    fiscal_first_month: int = Field(1, ge=1, le=12, description="month, 1 to 12, in which the fiscal year begins")
    week_start: Literal["monday", "saturday", "sunday"] = Field("monday", description="first day of a business week")
    time_zone: TimeZone = Field("UTC", description="time zone of business days, as Europe/Berlin: the day of an order")
    sentence_model: str | None = Field(None, min_length=1, description="its folder; installed: that of make search")
    stem_models: PathFromCheckout | None = Field(
        None, description="folder of separation models, or a hub's cache; without one no stems are made"
    )
    stem_model: str = Field("htdemucs", pattern=r"^[\w.-]+$", description="which model of that folder separates")
    language_model_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$", description="base URL of an OpenAI-compatible server; none: templates"
    )
    language_model_key: SecretStr | None = Field(None, min_length=1, description="key of that server")
    language_model: str | None = Field(None, min_length=1, description="name of the model there")
    language_model_timeout_s: float = Field(60, gt=0, le=600, description="seconds that one request may take")
    language_model_input_price: float = Field(0, ge=0, description="price of a million tokens that the model reads")
    language_model_output_price: float = Field(0, ge=0, description="price of a million tokens that the model writes")
    generation_models: PathFromCheckout | None = Field(None, description="folder of models with weights")
    generation_cpu: bool = Field(False, description="whether those models may run where no GPU is")
    generation_places: int = Field(1, ge=1, le=32, description="workers that may generate on a lake at once")
    generation_monthly_limit: float | None = Field(
        None, ge=0, description="money that generation may cost in a calendar month; none: no limit"
    )
    image_model: str | None = Field(None, min_length=1, description="model that paints pictures; none: rules draw them")
    image_model_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$", description="its server; default: that of the language model"
    )
    image_model_key: SecretStr | None = Field(None, min_length=1, description="key of that server")
    image_price: float = Field(0, ge=0, description="price of one picture of that model")
    language_model_tokens: int = Field(
        200_000, ge=0, description="tokens that the copilot may spend on it in a day, per process"
    )
    alert_rules: PathFromCheckout | None = Field(
        None, description="YAML file of the alert rules; default: those that Lacquer comes with"
    )
    alert_channels: PathFromCheckout | None = Field(
        None, description="YAML file of the channels that alerts are sent to; without one none is sent"
    )
    alert_stale_hours: float = Field(
        48, gt=0, description="hours without a change after which the table of a source is stale, and an alert"
    )
    mail_server: SecretStr | None = Field(
        None, min_length=8, description="apprise address that scheduled reports are mailed by; without one none is sent"
    )
    mail_domains: Domains = Field((), description="domains that scheduled reports may be mailed to; default: any")
    royalty_rates: PathFromCheckout | None = Field(
        None, description="YAML file of royalty rates, which go before those of product lists"
    )
    service_level: float = Field(
        0.95, ge=0.01, le=0.99, description="share of cases in which the ordered stock is to meet demand"
    )
    cost_share: float = Field(
        0.6, gt=0, le=1, description="what a unit costs to buy, as a share of the price that it has brought so far"
    )
    stock_policy: Literal["sigma_root", "newsvendor"] = Field(
        "sigma_root", description="how much stock decisions want: mean plus deviations of past days, or the newsvendor"
    )
    overage_share: float = Field(
        0.5, gt=0, le=1, description="what a unit left over loses, as a share of its cost to buy"
    )
    secret_key: SecretStr | None = Field(
        None, min_length=32, description="key that API keys and sessions are stored under; default: made and kept once"
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", pattern=r"^https?://[^\s/]+$", description="address that browsers reach the server by"
    )
    oidc_issuer: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="issuer of the OIDC provider; without one: local accounts only",
    )
    oidc_client_id: str | None = Field(None, min_length=1, description="id of this installation at the provider")
    oidc_client_secret: SecretStr | None = Field(None, min_length=1, description="its secret; default: a public client")
    oidc_scope: str = Field("openid profile", pattern=r"^[ -~]+$", description="scopes that are asked for")
    oidc_roles_claim: str = Field("roles", min_length=1, description="claim that lists roles or groups; a.b is nested")
    oidc_roles: Pairs = Field({}, description="role by value of that claim: planners=planner,ops=admin")
    oidc_labels_claim: str | None = Field(
        None, min_length=1, description="claim that lists the label numbers a user sees; default: all labels"
    )
    rate_limit: str = Field(
        "600/minute", pattern=r"^\d+/(second|minute|hour|day)$", description="requests that one key or user may make"
    )
    rate_storage: str = Field(
        "memory://", description="where request counts are kept: memory:// per process, or redis://host:port for all"
    )
    online_store: SecretStr | None = Field(None, description="Redis or PostgreSQL of online features; default: SQLite")
    inference_limit_ms: int = Field(
        100, ge=0, le=60_000, description="milliseconds after which the simple rule answers in place of a live model"
    )
    promotion_policy: PathFromCheckout | None = Field(
        None, description="YAML file of models whose winners are promoted by rule; without one a person promotes"
    )
    feedback_corrections: bool = Field(False, description="whether fits use what sellers report as really sold")
    brand_name: str = Field("Lacquer", min_length=1, max_length=60, description="what the dashboard is called")
    brand_colour: str | None = Field(
        None, pattern="^#[0-9a-fA-F]{6}$", description="colour of links and buttons of the dashboard, as #0b6464"
    )
    openlineage: str | None = Field(
        None, min_length=1, description="consumer of OpenLineage events, http(s)://host, or a file to append them to"
    )
    telemetry_endpoint: str | None = Field(
        None, pattern=r"^https?://[^\s@]+$", description="OTLP/HTTP address that traces are sent to; default: none are"
    )
    log_format: Literal["text", "json"] = Field("text", description="how the server and runs write their log")
    retention_bronze_days: int = Field(30, ge=0, description="days that unused versions of bronze tables stay")
    retention_silver_days: int = Field(30, ge=0, description="the same of silver tables")
    retention_gold_days: int = Field(30, ge=0, description="the same of gold tables")
    retention_system_days: int = Field(30, ge=1, description="the same of the lake's own tables; of pins: one day")
    run_history_days: int = Field(30, ge=0, description="days that Dagster keeps the events and logs of ended runs")
    engine: Engines = Field({}, description="engine by layer, silver=spark; `spark`: every layer that it can write")
    spark_master: str = Field(
        "local[*]",
        pattern=r"^(local\[(\d+|\*)\]|spark://[\w.-]+:\d+(,[\w.-]+:\d+)*|sc://[\w.-]+:\d+)$",
        description="where Spark computes: local[2], a cluster spark://host:7077, or Spark Connect sc://host:15002",
    )
    spark_memory: str = Field("1g", pattern=r"^\d+[mg]$", description="memory of Spark's Java process in a run")
    threads: int = Field(default_factory=usable_threads, ge=1, description="processor threads for engines and models")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Values given, environment, `.env`; for a tenant (`LACQUER_TENANT`) nothing but its own file."""
        tenant = chosen_tenant()
        if tenant is not None:
            return init_settings, DotEnvSettingsSource(settings_cls, env_file=tenant.settings_file)
        return init_settings, env_settings, dotenv_settings, file_secret_settings
