"""Settings: the environment, read once, checked at start. Development needs none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

GIGABYTE = 1000**3


class BadSettings(Exception):
    """The environment does not make sense; the message says what to change."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another."""

    environment: str  # development | production | test
    data_dir: Path
    secret_key: str = field(repr=False)
    base_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    storage_url: str = field(repr=False)  # it may hold keys
    mail_url: str = field(repr=False)
    mail_from: str
    billing_mode: str  # sandbox | test | live
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_base: str | None
    sandbox_clock_file: str | None
    accel_redirect: str | None  # the internal location that a proxy in front serves media from
    media_delivery: str  # stream | accel | sendfile | redirect: who sends the bytes of media
    proxies: int  # how many trusted proxies stand in front
    upload_limit: int  # bytes of one file, sent in pieces that can be taken up again
    form_limit: int  # bytes of one file, sent with a plain form
    quota: int  # bytes that one person's files may take
    provenance: str  # on | off: whether downloaded copies carry a signed record of origin (C2PA)
    c2pa_certificate: Path | None  # PEM, the signer's first; None: a self-made one in data_dir
    c2pa_key: Path | None
    credential_keys: Path | None  # PEM, two private keys that credentials are signed with; None: self-made ones in data_dir
    rate_limits: bool
    show_components: bool
    support_email: str
    currency: str = "USD"
    monthly_amount: int = 999
    yearly_amount: int = 5999
    trial_days: int = 7
    earnings_share: int = 400  # of what subscribers pay, the thousandths that go to instructors

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over TLS: decides on secure cookies and HSTS."""
        return self.base_url.startswith("https://")


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``env`` (the process's own by default).

    Raises BadSettings in production when something needed is missing, and anywhere
    when values contradict each other.
    """
    env = os.environ if env is None else env
    environment = env.get("CLASSPROJECTS_ENV", "development")
    if environment not in {"development", "production", "test"}:
        raise BadSettings(f"CLASSPROJECTS_ENV is {environment!r}; it can be development, production or test.")
    production = environment == "production"
    data_dir = Path(env.get("DATA_DIR", "var")).resolve()

    missing = [
        name
        for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "BASE_URL", "MAIL_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
        if production and not env.get(name)
    ]
    if missing:
        raise BadSettings("Production needs " + ", ".join(missing) + ".")

    port = _number(env, "PORT", 5000)
    stripe_key = env.get("STRIPE_SECRET_KEY") or "sk_test_sandbox1234567890"
    api_base = env.get("STRIPE_API_BASE") or None
    mode = env.get("BILLING_MODE") or (
        "sandbox" if api_base or not env.get("STRIPE_SECRET_KEY") else "live" if "_live_" in stripe_key else "test"
    )
    if mode not in {"sandbox", "test", "live"}:
        raise BadSettings(f"BILLING_MODE is {mode!r}; it can be sandbox, test or live.")
    is_test_key = stripe_key.startswith(("sk_test_", "rk_test_"))
    if mode == "sandbox":
        api_base = api_base or f"http://127.0.0.1:{port + 1}"
        if urlsplit(api_base).hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise BadSettings("STRIPE_API_BASE must be a loopback address: the sandbox runs beside the product.")
        if not stripe_key.startswith("sk_test_"):
            raise BadSettings("The sandbox takes only keys that begin with sk_test_.")
        if production and env.get("BILLING_ALLOW_SANDBOX") != "1":
            raise BadSettings("BILLING_MODE=sandbox takes no real money; production refuses it unless BILLING_ALLOW_SANDBOX=1.")
    else:
        api_base = None
        if (mode == "live") == is_test_key:
            raise BadSettings(f"BILLING_MODE={mode} does not fit the kind of STRIPE_SECRET_KEY.")

    storage_url = env.get("STORAGE_URL") or f"file://{data_dir / 'media'}"
    accel_redirect = env.get("ACCEL_REDIRECT") or None
    provenance, certificate, key = _provenance(env, production)
    credential_keys = env.get("CREDENTIAL_KEYS")
    if production and not credential_keys:
        raise BadSettings("Production needs CREDENTIAL_KEYS, a file with the keys that credentials are signed with.")

    return Settings(
        environment=environment,
        data_dir=data_dir,
        secret_key=env.get("SECRET_KEY") or _kept_secret(data_dir / "secret_key"),
        base_url=(env.get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'classprojects.sqlite3'}"),
        redis_url=env.get("REDIS_URL") or f"unix://{data_dir / 'valkey' / 'valkey.sock'}",
        storage_url=storage_url,
        mail_url=env.get("MAIL_URL") or f"file://{data_dir / 'mail'}",
        mail_from=env.get("MAIL_FROM") or "Class Projects <hello@classprojects.test>",
        billing_mode=mode,
        stripe_secret_key=stripe_key,
        stripe_webhook_secrets=tuple(
            part.strip() for part in (env.get("STRIPE_WEBHOOK_SECRET") or "whsec_sandbox").split(",") if part.strip()
        ),
        stripe_api_base=api_base,
        sandbox_clock_file=env.get("SANDBOX_CLOCK_FILE") if mode == "sandbox" else None,
        accel_redirect=accel_redirect,
        media_delivery=_media_delivery(env, storage_url, accel_redirect),
        proxies=_number(env, "PROXIES", 0),
        upload_limit=_number(env, "UPLOAD_LIMIT", 4 * GIGABYTE),
        form_limit=_number(env, "FORM_LIMIT", GIGABYTE // 2),
        quota=_number(env, "QUOTA", 10 * GIGABYTE),
        provenance=provenance,
        c2pa_certificate=certificate,
        c2pa_key=key,
        credential_keys=Path(credential_keys).resolve() if credential_keys else None,
        rate_limits=env.get("RATE_LIMITS", "1") != "0",
        show_components=environment != "production",
        earnings_share=_share(env),
        support_email=env.get("SUPPORT_EMAIL") or "help@classprojects.test",
    )


def _media_delivery(env: Mapping[str, str], storage_url: str, accel_redirect: str | None) -> str:
    """Who sends the bytes of media; raises BadSettings where the store or the proxy cannot."""
    is_folder = storage_url.startswith("file:")
    delivery = env.get("MEDIA_DELIVERY") or ("redirect" if not is_folder else "accel" if accel_redirect else "stream")
    if delivery not in {"stream", "accel", "sendfile", "redirect"}:
        raise BadSettings(f"MEDIA_DELIVERY is {delivery!r}; it can be stream, accel, sendfile or redirect.")
    if delivery in {"accel", "sendfile"} and not is_folder:
        raise BadSettings(f"MEDIA_DELIVERY={delivery} needs a STORAGE_URL that is a folder.")
    if delivery == "accel" and not accel_redirect:
        raise BadSettings("MEDIA_DELIVERY=accel needs ACCEL_REDIRECT, the proxy's internal location.")
    if delivery == "redirect" and is_folder:
        raise BadSettings("MEDIA_DELIVERY=redirect needs a STORAGE_URL at an S3 service.")
    return delivery


def _provenance(env: Mapping[str, str], production: bool) -> tuple[str, Path | None, Path | None]:
    """Whether copies are signed, and with what (certificate and key, both or neither)."""
    wanted = env.get("PROVENANCE") or "on"
    if wanted not in {"on", "off"}:
        raise BadSettings(f"PROVENANCE is {wanted!r}; it can be on or off.")
    certificate, key = env.get("C2PA_CERTIFICATE"), env.get("C2PA_KEY")
    if bool(certificate) != bool(key):
        raise BadSettings("C2PA_CERTIFICATE and C2PA_KEY go together.")
    if certificate and key:
        return wanted, Path(certificate).resolve(), Path(key).resolve()
    if production and wanted == "on":
        raise BadSettings(
            "Production needs C2PA_CERTIFICATE and C2PA_KEY, which downloads are signed with; or PROVENANCE=off, and they are not."
        )
    return wanted, None, None


def _share(env: Mapping[str, str]) -> int:
    """The instructors' share in thousandths; raises BadSettings for more than all."""
    share = _number(env, "EARNINGS_SHARE", 400)
    if share > 1000:
        raise BadSettings(f"EARNINGS_SHARE is {share}; it is counted in thousandths, so that 1000 is all there is.")
    return share


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from the environment; raises BadSettings for anything else."""
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise BadSettings(f"{name} is {text!r}; it must be a whole number.")
    return int(text)


def _database_url(url: str) -> str:
    """The same address with the driver that we use named in it."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _kept_secret(path: Path) -> str:
    """The development secret: made on first use, then kept, readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written whole beside its place, then linked into it: several processes start at once, and none may read half.
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        return path.read_text().strip()
