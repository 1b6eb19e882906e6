"""Settings say what is wrong when the process starts, not when somebody pays."""

from __future__ import annotations

from pathlib import Path

import pytest

from classprojects.settings import BadSettings, read_settings

PRODUCTION = {
    "CLASSPROJECTS_ENV": "production",
    "SECRET_KEY": "s",
    "DATABASE_URL": "postgres://u:p@db/x",
    "REDIS_URL": "redis://r",
    "BASE_URL": "https://example.org/",
    "MAIL_URL": "smtp://localhost",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b",
    "C2PA_CERTIFICATE": "certificate.pem",
    "C2PA_KEY": "key.pem",
    "CREDENTIAL_KEYS": "credentials.pem",
}


def test_development_needs_nothing_and_keeps_its_secret(tmp_path: Path) -> None:
    first, second = (read_settings({"DATA_DIR": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key and len(first.secret_key) > 40
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert first.billing_mode == "sandbox" and first.stripe_api_base == "http://127.0.0.1:5001"


def test_production_reads_everything(tmp_path: Path) -> None:
    settings = read_settings({**PRODUCTION, "DATA_DIR": str(tmp_path)})
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert settings.billing_mode == "live" and settings.stripe_webhook_secrets == ("whsec_a", "whsec_b")
    assert settings.is_secure and settings.base_url == "https://example.org"
    assert settings.stripe_api_base is None and not settings.show_components


@pytest.mark.parametrize("missing", sorted(set(PRODUCTION) - {"CLASSPROJECTS_ENV"}))
def test_production_refuses_to_start_without(missing: str) -> None:
    with pytest.raises(BadSettings, match=missing):
        read_settings({name: value for name, value in PRODUCTION.items() if name != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {"CLASSPROJECTS_ENV": "staging"},
        {"BILLING_MODE": "pretend"},
        {"BILLING_MODE": "live", "STRIPE_SECRET_KEY": "sk_test_1"},
        {"BILLING_MODE": "live", "STRIPE_SECRET_KEY": "rk_test_1"},
        {"BILLING_MODE": "test", "STRIPE_SECRET_KEY": "sk_live_1"},
        {"BILLING_MODE": "sandbox", "STRIPE_SECRET_KEY": "sk_live_1"},
        {"STRIPE_API_BASE": "http://evil.example"},
        {**PRODUCTION, "BILLING_MODE": "sandbox", "STRIPE_SECRET_KEY": "sk_test_1"},
    ],
)
def test_contradictions_are_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        read_settings({"DATA_DIR": str(tmp_path), **wrong})


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    text = repr(read_settings({**PRODUCTION, "DATA_DIR": str(tmp_path)}))
    assert "sk_live" not in text and "whsec" not in text and "u:p@" not in text


@pytest.mark.parametrize("name", ["PORT", "PROXIES", "UPLOAD_LIMIT"])
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "²"])
def test_a_number_that_is_none_is_said_in_words(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"{name} is .*whole number"):
        read_settings({"DATA_DIR": str(tmp_path), name: value})


def test_production_signs_its_downloads_or_says_that_it_does_not(tmp_path: Path) -> None:
    unsigned = {name: value for name, value in PRODUCTION.items() if not name.startswith("C2PA")}
    with pytest.raises(BadSettings, match="PROVENANCE=off"):
        read_settings({**unsigned, "DATA_DIR": str(tmp_path)})
    assert read_settings({**unsigned, "PROVENANCE": "off", "DATA_DIR": str(tmp_path)}).provenance == "off"
    with pytest.raises(BadSettings, match="go together"):
        read_settings({"C2PA_KEY": "key.pem", "DATA_DIR": str(tmp_path)})
