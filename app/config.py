"""Typed settings, read from the environment once. A missing or weak one stops the start with a sentence.

A default here passes two tests: it is right for production, and harmless in public source.
"""

import base64
import binascii
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.crypto import FIRST_VERSION, LAST_VERSION, MasterKeys


def _base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


_ROOT = Path(__file__).resolve().parent.parent
BaseUrl = Annotated[str, AfterValidator(_base_url)]


class SettingsError(RuntimeError):
    """The settings do not allow a start; the message lists every variable with what is wrong."""


class Settings(BaseSettings):
    """Everything that differs between installations."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    demo: bool = Field(default=False, alias="COUNTINGHOUSE_DEMO")
    """Demonstration mode: invented practices, the simulator as Xero, accounts shown on the sign-in page."""

    secret_key: SecretStr = Field(alias="SECRET_KEY")
    token_master_key: SecretStr = Field(alias="TOKEN_MASTER_KEY")
    """Base64 of 32 random bytes: the root from which each company's keys are derived. It seals, and it opens."""
    token_master_key_version: int = Field(
        default=FIRST_VERSION, ge=FIRST_VERSION, le=LAST_VERSION, alias="TOKEN_MASTER_KEY_VERSION"
    )
    other_master_keys: SecretStr = Field(default=SecretStr(""), alias="OTHER_MASTER_KEYS")
    """Master keys that only open, as `version:base64 …`: retired ones, and one that is to seal soon."""

    database_url: str = Field(alias="DATABASE_URL")
    database_owner_url: str | None = Field(default=None, alias="DATABASE_OWNER_URL")
    """For migrations only; web, worker and clock never see it."""
    redis_url: str = Field(alias="REDIS_URL")
    public_url: BaseUrl = Field(default="http://localhost:8000", alias="PUBLIC_URL")
    trusted_proxies: int = Field(default=0, ge=0, le=5, alias="TRUSTED_PROXIES")
    """How many proxies of ours stand in front and set X-Forwarded-For and -Proto."""

    xero_client_id: str = Field(alias="XERO_CLIENT_ID")
    xero_client_secret: SecretStr = Field(alias="XERO_CLIENT_SECRET")
    xero_redirect_uri: BaseUrl = Field(alias="XERO_REDIRECT_URI")
    xero_scopes: str | None = Field(default=None, alias="XERO_SCOPES")
    """Space-separated; by default the smallest set for what is switched on (app/xero/scopes.py)."""
    xero_webhook_key: SecretStr | None = Field(default=None, alias="XERO_WEBHOOK_KEY")
    """The webhook's signing key from Xero's portal; while it is changed there, the old and the new one with a comma
    between. Without one every webhook is answered 401."""
    xero_login_url: BaseUrl = Field(default="https://login.xero.com", alias="XERO_LOGIN_URL")
    xero_identity_url: BaseUrl = Field(default="https://identity.xero.com", alias="XERO_IDENTITY_URL")
    xero_api_url: BaseUrl = Field(default="https://api.xero.com", alias="XERO_API_URL")
    xero_go_url: BaseUrl = Field(default="https://go.xero.com", alias="XERO_GO_URL")
    """Where people open things in Xero; links only, nothing is called there."""

    smtp_url: SecretStr | None = Field(default=None, alias="SMTP_URL")
    """smtp://user:password@host:587 (STARTTLS, demanded but on this machine) or smtps://…:465. Without it no mail goes
    out, and super admins are told; demonstration mode never sends and shows its mails at /demo/mailbox."""
    mail_from: str | None = Field(default=None, alias="MAIL_FROM")
    """The sender: name@practice.example, or Countinghouse <name@practice.example>."""

    documents_url: str = Field(default=f"file://{_ROOT}/var/documents", alias="DOCUMENTS_URL")
    """Where documents lie, sealed: file:///a/folder, which web, worker and clock share, or s3://bucket/prefix, whose
    endpoint and credentials are botocore's own variables (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, …)."""
    clamd_url: str | None = Field(default=None, alias="CLAMD_URL")
    """ClamAV's daemon, which looks through every upload: tcp://host:3310 or unix:///path. Without it documents are
    “not scanned”, and pages say so."""
    accept_unscanned: bool = Field(default=True, alias="ACCEPT_UNSCANNED")
    """Whether a document that was not scanned may be accepted."""
    export_folder: Path = Field(default=_ROOT / "var/exports", alias="EXPORT_FOLDER")
    """Where exports of whole practices stand for some days: one folder that web and worker share."""

    cron_secret: SecretStr | None = Field(default=None, alias="CRON_SECRET", min_length=24)
    """What a scheduler outside sends to /api/cron/xero-sync; without it that address is switched off."""
    api_calls_per_minute: int = Field(default=300, ge=1, alias="API_CALLS_PER_MINUTE")
    """How many calls a minute one sign-in of the JSON API may make."""
    lease_seconds: int = Field(default=10, ge=2, le=600, alias="LEASE_SECONDS")
    """How long a worker may hold an operation between two signs of life: a killed one's work goes on after that."""
    worker_threads: int = Field(default=8, ge=1, le=64, alias="WORKER_THREADS")
    """How many operations one worker process runs at once."""
    sweep_seconds: float = Field(default=0.5, ge=0.1, le=60, alias="SWEEP_SECONDS")
    read_back_after_seconds: float = Field(default=5.0, ge=0, le=120, alias="READ_BACK_AFTER_SECONDS")
    """After a lost answer, how long Xero may still be carrying the call out before it is looked for."""

    @property
    def master_keys(self) -> MasterKeys:
        seals = self.token_master_key_version
        keys = {seals: _key_of("TOKEN_MASTER_KEY", self.token_master_key.get_secret_value())}
        for given in self.other_master_keys.get_secret_value().split():
            number, colon, key = given.partition(":")
            version = int(number) if number.isascii() and number.isdigit() else 0
            if not colon or not FIRST_VERSION <= version <= LAST_VERSION:
                raise ValueError(
                    "OTHER_MASTER_KEYS must be keys with their versions, each like 1:base64, spaces between"
                )
            if version in keys:
                raise ValueError(f"OTHER_MASTER_KEYS: there are two keys of version {version}")
            keys[version] = _key_of("OTHER_MASTER_KEYS", key)
        return MasterKeys(seals, keys)

    @property
    def webhook_keys(self) -> tuple[str, ...]:
        """The signing keys that are good now."""
        given = self.xero_webhook_key.get_secret_value() if self.xero_webhook_key else ""
        return tuple(given.replace(",", " ").split())

    @property
    def secure(self) -> bool:
        """Whether people reach us over HTTPS: cookies are then `Secure` and `__Host-` named."""
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _strong_enough(self) -> Self:
        _ = self.master_keys
        secret = self.secret_key.get_secret_value()
        if len(secret) < 32 or len(set(secret)) < 12:
            raise ValueError("SECRET_KEY must be at least 32 random characters")
        if not self.demo and not self.secure:
            raise ValueError("PUBLIC_URL must begin with https:// outside demonstration mode")
        self._check_mail()
        self._check_documents()
        return self

    def _check_documents(self) -> None:
        if urlsplit(self.documents_url).scheme not in {"file", "s3", "memory"}:
            raise ValueError("DOCUMENTS_URL must look like file:///a/folder or s3://bucket/prefix")
        if self.clamd_url is None:
            return
        server = urlsplit(self.clamd_url)
        if not ((server.scheme == "tcp" and server.hostname) or (server.scheme == "unix" and server.path)):
            raise ValueError("CLAMD_URL must look like tcp://host:3310 or unix:///path/of/the/socket")

    def _check_mail(self) -> None:
        if self.smtp_url is None:
            return
        server = urlsplit(self.smtp_url.get_secret_value())
        if server.scheme not in {"smtp", "smtps"} or not server.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465")
        try:
            _ = server.port
        except ValueError:
            raise ValueError("SMTP_URL: the port must be a number") from None
        if "@" not in parseaddr(self.mail_from or "")[1]:
            raise ValueError("MAIL_FROM must be an e-mail address when SMTP_URL is set")


def _key_of(variable: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{variable} must be base64") from None
    if len(key) != 32:
        raise ValueError(f"{variable} must be the base64 of exactly 32 bytes, not {len(key)}")
    return key


def load_settings(**given: object) -> Settings:
    """Read the environment (`given` wins, by variable name). Raises `SettingsError` naming each bad variable."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as wrong:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc']) or 'settings'}: "
            + problem["msg"].removeprefix("Value error, ")
            for problem in wrong.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "Countinghouse cannot start with these settings:\n"
            + "\n".join(lines)
            + "\nThe README lists the variables under “Deploying”."
        ) from None
