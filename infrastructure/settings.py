"""Every setting of the product, read from the environment once, at start.

Prefix `AKTO_`; Temporal's own variables (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
`TEMPORAL_TLS_*`) are read by temporalio's envconfig. All that is wrong is said at once, without any value.
"""

import base64
import binascii
from functools import cached_property
from ipaddress import ip_address
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

S = TypeVar("S", bound=BaseSettings)


def on_this_machine(url: str) -> bool:
    """Whether the address leads no further than this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}


class SettingsError(Exception):
    """What is wrong with the environment, one line a setting; never holds a value."""


def parse_keys(text: str) -> dict[str, bytes]:
    """Read `id:base64,id:base64`; the first key makes, every key checks. Keys are 32 bytes."""
    keys: dict[str, bytes] = {}
    for item in text.split(","):
        name, _, encoded = item.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not name or len(key) != 32:
            raise ValueError("expected id:base64 of 32 bytes, comma separated")
        keys[name] = key
    return keys


class CodecSettings(BaseSettings):
    """What the codec server of the Temporal UI needs: it holds the payload keys and nothing else."""

    model_config = SettingsConfigDict(env_prefix="AKTO_", extra="ignore", hide_input_in_errors=True)

    payload_keys: SecretStr = Field(description="AES-GCM keys of Temporal payloads: id:base64,…")
    codec_origins: str = Field(
        default="http://127.0.0.1:8233", description="Origins of the Temporal UI, comma separated"
    )
    codec_token: SecretStr = Field(default=SecretStr(""), description="Bearer token asked for when set")
    codec_user_header: str = Field(
        default="", description="Header in which the proxy before the codec server names the operator"
    )
    log_level: str = Field(default="INFO", description="Of the JSON lines on standard output")

    @field_validator("payload_keys")
    @classmethod
    def _payload_keys_are_readable(cls, value: SecretStr) -> SecretStr:
        parse_keys(value.get_secret_value())
        return value

    @cached_property
    def payload_key_ring(self) -> dict[str, bytes]:
        """Payload keys by id, the active one first."""
        return parse_keys(self.payload_keys.get_secret_value())


class Settings(CodecSettings):
    """The product's settings. Durations in seconds unless the name says otherwise."""

    # --- where things are
    base_url: str = Field(default="http://127.0.0.1:8000", description="Public address of the portal")
    database_url: SecretStr = Field(description="postgresql://user:password@host:port/database")
    database_pool: PositiveInt = Field(default=8, description="Connections per process at most")
    trusted_proxies: int = Field(
        default=0, ge=0, le=8, description="Proxies before the portal that append to X-Forwarded-For"
    )
    allowed_hosts: str = Field(default="", description="Extra host names, comma separated")
    contact_url: str = Field(
        default="https://www.akto.fr/contact/", description="Where people without a number go"
    )

    metrics_address: str = Field(
        default="",
        description="host:port on which /metrics answers Prometheus, without any authentication: a loopback "
        "address, or one of a private network; off when empty",
    )

    health_address: str = Field(
        default="",
        description="host:port on which the worker answers /healthz and /readyz; off when empty",
    )

    # --- keys
    link_keys: SecretStr = Field(description="HMAC keys of links, resume tokens and forms: id:base64,…")
    hash_key: SecretStr = Field(description="HMAC key of e-mail hashes: id:base64")

    # --- mail
    smtp_host: str = Field(default="127.0.0.1", description="The relay that takes our mails")
    smtp_port: PositiveInt = Field(default=1025, description="587 for starttls, 465 for implicit, as a rule")
    smtp_username: str = Field(default="", description="Empty: no authentication")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Of that user")
    smtp_tls: Literal["none", "starttls", "implicit"] = Field(
        default="starttls", description="none: for a relay on this machine or in its private network only"
    )
    smtp_timeout: PositiveFloat = Field(default=10.0, description="Seconds the relay may take for an answer")
    mail_from: str = Field(
        default="AKTO – Mon Espace <ne-pas-repondre@monespace.example>",
        description="Sender of every mail; its domain signs them (SPF, DKIM)",
    )
    mail_reply_to: str = Field(
        default="contact@monespace.example", description="Where answers to our mails go"
    )
    mail_operators: str = Field(
        default="operateurs@monespace.example", description="Who is reminded of registrations in review"
    )
    mails_per_hour: PositiveInt = Field(default=5, description="To one mailbox, over all registrations")
    mails_per_day: PositiveInt = Field(default=10, description="Likewise, a day")

    # --- INSEE
    sirene_url: str = Field(default="https://api.insee.fr/api-sirene/3.11", description="INSEE's API Sirene")
    sirene_key: SecretStr = Field(
        default=SecretStr(""), description="Its key; without one, registrations of unknown companies wait"
    )
    sirene_timeout: PositiveFloat = Field(default=1.8, description="Seconds one call may take")
    sirene_calls_per_minute: PositiveInt = Field(default=28, description="INSEE's public plan allows 30")

    companies_url: str = Field(
        default="https://recherche-entreprises.api.gouv.fr",
        description="API Recherche d'entreprises, which suggests an IDCC; empty: no suggestion",
    )
    companies_timeout: PositiveFloat = Field(default=1.0, description="Seconds one call may take")

    # --- the real portal
    handover_url: str = Field(default="", description="Where account events are posted; none: `export`")
    handover_secret: SecretStr = Field(default=SecretStr(""), description="Signs them: whsec_ and base64")
    handover_timeout: PositiveFloat = Field(default=10.0, description="Seconds one delivery may take")
    bounce_token: SecretStr = Field(default=SecretStr(""), description="Bearer token of /api/v1/bounces")

    # --- limits
    starts_per_minute: PositiveInt = Field(default=20, description="Registrations begun from one address")
    starts_per_hour: PositiveInt = Field(default=60, description="Likewise, an hour")
    siret_lookups_per_hour: PositiveInt = Field(default=30, description="SIRETs looked up from one address")
    wrong_numbers_per_siret_per_day: PositiveInt = Field(
        default=10, description="Wrong member numbers for one SIRET, over all registrations"
    )
    logins_per_account: PositiveInt = Field(
        default=5, description="Wrong passwords for one account within the window"
    )
    logins_per_address: PositiveInt = Field(
        default=20, description="Wrong passwords from one address within the window"
    )
    login_window_minutes: PositiveInt = Field(default=15, description="That window, in minutes")
    session_idle_hours: PositiveInt = Field(
        default=8, description="Hours after which an unused session is closed"
    )

    # --- registrations (values the workflow receives at its start; defaults stand in domain/policy.py)
    link_life_hours: PositiveInt = Field(default=24, description="Hours a confirmation link works")
    registration_life_days: PositiveInt = Field(
        default=7, description="Days a person may take at one step before the registration ends"
    )
    reminder_spread_minutes: NonNegativeInt = Field(
        default=10,
        le=60,
        description="Minutes over which reminders are spread that would be due together; 0: none",
    )
    confirm_email_first: bool = Field(
        default=False,
        description="The mailbox is confirmed right after the first form, before anything shows whether the "
        "address is a contact's; else the guide's order",
    )

    # --- retention (docs/privacy.md): days after the end of a registration, or after the fact
    keep_registered_days: PositiveInt = Field(
        default=30, description="Days a finished registration stays in Temporal"
    )
    keep_others_days: PositiveInt = Field(default=7, description="Days, for all other ended ones")
    keep_records_days: PositiveInt = Field(
        default=90, description="Days, for send ledger, audit, delivered events"
    )

    # --- passwords
    password_min_length: int = Field(
        default=8, ge=8, le=64, description="Characters; the guide asks for 8, more may be asked, not fewer"
    )
    argon2_time_cost: PositiveInt = Field(default=3, description="Passes of argon2id over its memory")
    argon2_memory_kib: PositiveInt = Field(default=65_536, description="Memory of one hash, in KiB")
    argon2_parallel: PositiveInt = Field(default=2, description="Hashes computed at once per process")

    # --- worker
    graceful_shutdown: PositiveFloat = Field(
        default=25.0, description="Seconds a worker told to stop has to finish the mail it is sending"
    )
    worker_deployment: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,60}$",
        description="What the workers are called for worker versioning; this and the build, or neither",
    )
    worker_build: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,60}$", description="Which build of the code this worker runs"
    )

    @field_validator("link_keys", "hash_key")
    @classmethod
    def _keys_are_readable(cls, value: SecretStr) -> SecretStr:
        parse_keys(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _handover_is_signed(self) -> "Settings":
        if self.handover_url:
            if len(self.handover_key) < 16:
                raise ValueError(
                    "AKTO_HANDOVER_URL needs AKTO_HANDOVER_SECRET: whsec_ and base64 of 24 to 64 bytes"
                )
            parts = urlsplit(self.handover_url)
            schemes = {"https", "http"} if on_this_machine(self.handover_url) else {"https"}
            if not parts.hostname or parts.scheme not in schemes:
                raise ValueError("AKTO_HANDOVER_URL: expected https://")
        return self

    @field_validator("metrics_address", "health_address")
    @classmethod
    def _address_and_port(cls, value: str) -> str:
        if value:
            host, _, port = value.rpartition(":")
            ip_address(host.strip("[]"))
            if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
                raise ValueError("expected address:port, for instance 127.0.0.1:9464")
        return value

    @field_validator("base_url", "sirene_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("expected http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _deployment_and_build_go_together(self) -> "Settings":
        if bool(self.worker_deployment) != bool(self.worker_build):
            raise ValueError("AKTO_WORKER_DEPLOYMENT and AKTO_WORKER_BUILD: give both or neither")
        return self

    @cached_property
    def link_key_ring(self) -> dict[str, bytes]:
        """Link keys by id, the active one first."""
        return parse_keys(self.link_keys.get_secret_value())

    @cached_property
    def handover_key(self) -> bytes:
        """The key that signs account events; empty when none is set, or it cannot be read."""
        try:
            secret = self.handover_secret.get_secret_value().removeprefix("whsec_")
            return base64.b64decode(secret, validate=True)
        except binascii.Error:
            return b""

    @cached_property
    def email_hash_key(self) -> bytes:
        """The key of e-mail hashes."""
        return next(iter(parse_keys(self.hash_key.get_secret_value()).values()))

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies carry Secure and the __Host- prefix: wherever the portal is served over TLS."""
        return self.base_url.startswith("https://")


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: with one line for each setting that is missing or wrong.
    """
    return _load(Settings)


def load_codec_settings() -> CodecSettings:
    """Read what the codec server needs from the environment.

    Raises:
        SettingsError: with one line for each setting that is missing or wrong.
    """
    return _load(CodecSettings)


def _load(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("\n".join(map(_line, error.errors(include_input=False)))) from None


def _line(error: ErrorDetails) -> str:
    if error["loc"]:
        return f"AKTO_{'.'.join(map(str, error['loc'])).upper()}: {error['msg']}"
    return str(error["ctx"]["error"])  # a rule over several settings names them itself
