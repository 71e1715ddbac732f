"""Every setting of Dealwright, in one typed class, from the environment or from a TOML file.

The environment wins over the file. The file is `$DEALWRIGHT_CONFIG`, or `dealwright.toml` in `$DEALWRIGHT_HOME`; its keys are the
names below in lower case without the prefix. Secrets are `SecretStr`: they never appear in a log or a repr.
"""

from __future__ import annotations

import os
import tomllib
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from infra.errors import Fatal
from sales.hygiene import FIELDS, REQUIRED, ZOMBIE_DAYS

Visibility = Literal["own", "team", "all"]


def _home_from_environment() -> Path:
    return Path(os.environ.get("DEALWRIGHT_HOME") or Path.home() / ".dealwright").expanduser()


def config_file() -> Path:
    """Return the TOML file that settings are read from; it need not exist."""
    named = os.environ.get("DEALWRIGHT_CONFIG")
    return Path(named).expanduser() if named else _home_from_environment() / "dealwright.toml"


class Settings(BaseSettings):
    """All settings. Each stands in the environment as `DEALWRIGHT_<NAME IN CAPITALS>`."""

    model_config = SettingsConfigDict(env_prefix="DEALWRIGHT_", extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=_home_from_environment, description="Where data lives: database, vectors, models, secrets."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the spine; SQLite in the home folder where unset."
    )
    chroma_url: str | None = Field(None, description="URL of a Chroma server; embedded in the home folder where unset.")
    user: str | None = Field(None, description="Mail address of the person at the terminal, for `ask` without `--as`.")
    visibility: Visibility = Field("team", description="What a rep sees: own accounts, the team's, or all.")
    api_token: SecretStr | None = Field(
        None, description="Bearer token of the HTTP API; acts as an admin. Without it /api answers 401."
    )
    console_password: SecretStr | None = Field(
        None, description="Password of the web console when it does not listen on loopback only."
    )
    console_identity_header: str | None = Field(
        None, description="Header in which a trusted proxy names the signed-in person's mail address."
    )
    public_url: str | None = Field(None, description="Address under which people reach the console, for links in chat.")

    model: str | None = Field(
        None, description="Language model as provider:name; without it answers are composed extractively."
    )
    model_base_url: str | None = Field(None, description="Base URL of an OpenAI-compatible server or of Ollama.")
    model_api_key: SecretStr | None = Field(
        None, description="Key for the model's provider, where its own variable is not set."
    )
    model_timeout_s: float = Field(
        25.0, gt=0, description="Longest time that a model may take for one answer, in seconds."
    )
    model_max_calls: int = Field(6, ge=1, description="Most calls to the model for one answer.")
    model_max_tokens: int = Field(24_000, ge=256, description="Most tokens, in and out, that one answer may cost.")

    embedding_model: str = Field(
        "all-MiniLM-L6-v2", description="sentence-transformers model: the carried default, or a name or path."
    )
    embedding_precision: Literal["fp32", "int8"] = Field("fp32", description="Arithmetic of the encoder.")
    embedding_threads: int = Field(0, ge=0, description="Threads of the encoder; 0 takes the machine's cores.")

    slack_bot_token: SecretStr | None = Field(None, description="Bot token (xoxb-…) of a single-workspace install.")
    slack_app_token: SecretStr | None = Field(None, description="App-level token (xapp-…) for Socket Mode.")
    slack_signing_secret: SecretStr | None = Field(
        None, description="Signing secret that Slack's requests are checked with."
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Base URL of Slack's Web API.")
    slack_client_id: str | None = Field(None, description="Client id, for OAuth installs.")
    slack_client_secret: SecretStr | None = Field(None, description="Client secret, for OAuth installs.")
    slack_workspaces: tuple[str, ...] = Field(
        (), description="Ids of workspaces (T…) that may install by OAuth, besides the first that did."
    )
    secret_key: SecretStr | None = Field(
        None, description="Key that stored tokens are sealed with (Fernet); a file in the home folder where unset."
    )

    teams_app_id: str | None = Field(
        None, description="Microsoft app id of the bot; without it Teams is answered on loopback only."
    )
    teams_app_secret: SecretStr | None = Field(None, description="Client secret of the bot's app.")
    teams_tenant_id: str | None = Field(None, description="Tenant of a single-tenant bot.")
    teams_openid_url: str | None = Field(
        None, description="OpenID metadata that the Bot Framework's tokens are checked with."
    )
    teams_login_url: str | None = Field(None, description="Where the bot gets its own tokens.")
    teams_graph_url: str = Field(
        "https://graph.microsoft.com/v1.0",
        description="Microsoft Graph, which tells what a killed post left in a chat.",
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="SMTP server for mails, smtp://user:password@host:port (?starttls=required) or smtps://; the outbox folder where unset.",
    )
    dns_server: str | None = Field(None, description="DNS server as host:port, where the system's is not to be used.")
    dkim_key_file: Path | None = Field(
        None, description="Private key (RSA, PEM) that mails over SMTP and to the outbox are signed with."
    )
    dkim_selector: str | None = Field(None, description="DKIM selector under which the key's public half is published.")
    company_name: str | None = Field(None, description="Our company's name, as the footer of a mail tells it.")
    company_address: str | None = Field(
        None, description="Our postal address in the footer of a mail; the law asks for one in many countries."
    )
    unsubscribe_mailto: str | None = Field(
        None, description="Mail address that takes requests to unsubscribe, besides the link in every mail."
    )
    gmail_base_url: str | None = Field(None, description="Where Gmail's API is, if not at Google.")
    graph_base_url: str | None = Field(None, description="Where Microsoft Graph is, if not at Microsoft.")
    calendar_base_url: str | None = Field(None, description="Where Google Calendar's API is, if not at Google.")
    calendars_inside: tuple[str, ...] = Field(
        (),
        description='Origins inside our own network that `.ics` calendars may be read from, as JSON: ["https://mail.corp.example"].',
    )
    google_client_id: str | None = Field(
        None, description="OAuth client of Google with which people connect their mailboxes and calendars."
    )
    google_client_secret: SecretStr | None = Field(None, description="Its secret.")
    google_auth_url: str | None = Field(None, description="Where people give Google's consent, if not at Google.")
    google_token_url: str | None = Field(None, description="Where Google's tokens are got, if not at Google.")
    google_revoke_url: str | None = Field(None, description="Where Google's tokens are revoked, if not at Google.")
    microsoft_client_id: str | None = Field(
        None, description="App registration of Microsoft with which people connect their mailboxes and calendars."
    )
    microsoft_client_secret: SecretStr | None = Field(None, description="Its secret.")
    microsoft_tenant: str = Field(
        "organizations",
        description="Tenant whose accounts may be connected: its id or domain, organizations, or common.",
    )
    microsoft_auth_url: str | None = Field(
        None, description="Where people give Microsoft's consent, if not at Microsoft."
    )
    microsoft_token_url: str | None = Field(None, description="Where Microsoft's tokens are got, if not at Microsoft.")
    verifier_base_url: str | None = Field(
        None, description="Provider that verifies mail addresses: answers GET ?address=… with JSON that holds a status."
    )
    verifier_token: SecretStr | None = Field(None, description="Bearer token for that provider.")
    verified_days: int = Field(90, ge=1, description="How long the verification of a mail address holds, in days.")
    person_touches: int = Field(3, ge=1, description="Most touches to one person, over all channels, in person_days.")
    person_days: int = Field(7, ge=1, description="Days that touches to one person are counted over.")
    account_touches: int = Field(10, ge=1, description="Most touches to one company in account_days.")
    account_days: int = Field(7, ge=1, description="Days that touches to one company are counted over.")
    duplicate_days: int = Field(7, ge=0, description="Days in which nobody else of us writes to the same person.")
    kill_switch_days: int = Field(
        7, ge=1, description="Rolling window, in days, over which a domain's bounces and complaints are counted."
    )

    enrichment_base_url: str | None = Field(
        None,
        description="Provider that is asked for what is missing of a lead: a GET address with {person}, {first}, {last}, {company}, {domain} or {email} in it, answering JSON.",
    )
    enrichment_token: SecretStr | None = Field(None, description="Bearer token for that provider.")
    enrichment_website: bool = Field(
        False, description="Look for a missing mail address on the company's own website too, after the provider."
    )

    webhook_secret: SecretStr | None = Field(
        None,
        description="Secret that webhooks of signals and calls are signed with. Without it they are answered with 401.",
    )
    zoom_webhook_secret: SecretStr | None = Field(
        None, description="Secret token of the Zoom app whose events come to /webhooks/recordings/zoom."
    )
    zoom_base_url: str | None = Field(None, description="Where Zoom's recordings are, if not at Zoom.")
    teams_transcripts: bool = Field(
        False,
        description="Read the transcripts of the tenant's Teams meetings by themselves; needs DEALWRIGHT_PUBLIC_URL and Microsoft's client.",
    )
    signal_curves: dict[str, dict[str, float]] = Field(
        {},
        description='How signals age, by kind, as JSON: {"funding": {"late_h": 24, "expire_h": 72, "half_life_h": 72}}; `docs/signals.md` lists kinds and defaults.',
    )
    greenhouse_base_url: str | None = Field(
        None, description="Where Greenhouse's job boards are read, if not at Greenhouse."
    )
    lever_base_url: str | None = Field(None, description="Where Lever's postings are read, if not at Lever.")
    ashby_base_url: str | None = Field(None, description="Where Ashby's job boards are read, if not at Ashby.")
    signals_every_min: int = Field(
        30, ge=1, description="Minutes between two rounds of asking the sources of signals.toml."
    )
    feed_at: time = Field(
        time(8, 30), description="From when on a working morning a rep is shown their feed, in their time zone."
    )
    admin_minutes_asked: bool = Field(
        True,
        description="Whether people who are met in a chat are asked how many minutes of administration their day had: a week long, then once a week.",
    )
    admin_minutes_at: time = Field(time(16, 30), description="From when on they are asked, in their time zone.")
    feed_size: int = Field(20, ge=10, le=20, description="Most signals in a rep's morning feed.")

    hubspot_base_url: str | None = Field(None, description="Where HubSpot's API is, if not at HubSpot.")
    hubspot_token: SecretStr | None = Field(
        None, description="Token of a HubSpot private app, with which it is read and written."
    )
    hubspot_client_id: str | None = Field(None, description="Client id of a HubSpot app, for connecting by consent.")
    hubspot_client_secret: SecretStr | None = Field(
        None, description="Its secret, which HubSpot's webhooks are signed with as well."
    )
    hubspot_auth_url: str | None = Field(None, description="Where people give HubSpot's consent, if not at HubSpot.")
    hubspot_token_url: str | None = Field(None, description="Where HubSpot's tokens are got, if not at HubSpot.")
    salesforce_base_url: str | None = Field(
        None, description="Where your Salesforce is (https://….my.salesforce.com), if its token does not tell."
    )
    salesforce_token: SecretStr | None = Field(
        None, description="An access token of Salesforce, with which it is read and written. It does not renew itself."
    )
    salesforce_client_id: str | None = Field(
        None, description="Consumer key of a Salesforce connected app, for connecting by key or by consent."
    )
    salesforce_client_secret: SecretStr | None = Field(
        None, description="Its consumer secret, for connecting by consent."
    )
    salesforce_username: str | None = Field(
        None, description="As which user Dealwright works in Salesforce, connected by key."
    )
    salesforce_key_file: Path | None = Field(
        None, description="The private key (PEM) whose certificate the connected app has."
    )
    salesforce_login_url: str | None = Field(
        None, description="Where people and keys sign in to Salesforce: https://test.salesforce.com for a sandbox."
    )
    gong_base_url: str | None = Field(None, description="Where your Gong's API is, as Gong tells with the key.")
    gong_token: SecretStr | None = Field(None, description="Gong's access key and its secret, as key:secret.")
    sync_every_min: int = Field(
        10, ge=1, description="Minutes between two readings of each connected system while the server runs."
    )

    company_domain: str | None = Field(
        None, description="Our own mail domain; people of it are sellers. Learned from users where unset."
    )
    time_zone: str = Field("UTC", description="The company's time zone (IANA name).")
    currency: str = Field("USD", min_length=3, max_length=3, description="Currency of amounts that name none.")
    fiscal_year_start: int = Field(1, ge=1, le=12, description="Month in which the fiscal year starts.")
    working_days: tuple[int, ...] = Field((0, 1, 2, 3, 4), description="Working days, Monday being 0.")
    disturb_from: time = Field(time(8), description="From when on a day people are told what they did not ask for.")
    disturb_until: time = Field(time(18), description="Until when.")
    notices_a_day: int = Field(
        25, ge=1, description="Most messages a person and day that nobody asked for; what is urgent comes besides."
    )
    watch: bool = Field(
        True,
        description="Watch deals unasked: alerts, weekly reviews, what the workflow asks for. Off: all of it only when asked for.",
    )
    alerts_a_day: int = Field(
        3, ge=0, description="Most alerts of deals at risk a person and day; the others wait in the weekly review."
    )
    alerts_cool_down_days: int = Field(
        14, ge=1, description="Days in which a cause is not told of again after its alert ended or was called no risk."
    )
    alerts_manager_from: Decimal = Field(
        Decimal(100_000), ge=0, description="Amount of a deal from which on its owner's manager is alerted too."
    )
    renewal_days: int = Field(
        60, ge=1, description="Days before its close date from which on a renewal is alerted of that has no meeting."
    )
    stages: tuple[str, ...] = Field(
        (),
        description='The stages of the team\'s pipelines, as JSON: ["Discover", "Propose"]; those of the CRM where unset.',
    )
    required_deal_fields: tuple[str, ...] = Field(
        REQUIRED, min_length=1, description="Fields that every open deal must have, as JSON."
    )
    zombie_days: int = Field(
        ZOMBIE_DAYS, ge=1, description="Days without a word from either side after which an open deal is a zombie."
    )
    day_first: bool | None = Field(
        None, description="Read 3/4/2026 as 3 April; where unset, told from the column, else month first."
    )

    host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    port: int = Field(8321, ge=0, le=65535, description="Port that `serve` listens on.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_json: bool = Field(False, description="Log one JSON object a line.")

    test: bool = Field(False, description="Switches on what only tests use.")
    clock_file: Path | None = Field(
        None, description="File with one ISO instant, read at each use; only with DEALWRIGHT_TEST=1."
    )

    crash_at: str | None = Field(
        None, description="Name of a point at which the process kills itself; only with DEALWRIGHT_TEST=1."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {value!r}; take an IANA name such as Europe/Berlin") from error
        return value

    @field_validator("required_deal_fields")
    @classmethod
    def _known_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(FIELDS)):
            raise ValueError(f"no field of a deal is called {unknown[0]!r}; take some of {', '.join(FIELDS)}")
        return value

    @field_validator("currency")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is passed in code first, then the environment, then the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def spine_url(self) -> str:
        """The SQLAlchemy URL of the spine, with the driver that we carry."""
        url = self.database_url or f"sqlite:///{self.home / 'spine.db'}"
        for plain in ("postgres://", "postgresql://"):
            if url.startswith(plain):
                return "postgresql+psycopg://" + url.removeprefix(plain)
        return url


def load_settings() -> Settings:
    """Read the settings. Raises Fatal, which names the setting and never its value, where one can't be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise Fatal(
            f"The setting DEALWRIGHT_{name} can't be used.", "`dealwright settings` tells what it takes."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Fatal("The settings file can't be read.", f"Mend {config_file()}: it must be TOML.") from error
