"""Settings from the environment."""

import pytest
from pydantic import SecretStr

from app.settings import Settings, external_temporal
from tests.app.cli import Terminal

LOCAL = "postgresql+asyncpg://me:secret@db:5432/jiebang"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://me:secret@db:5432/jiebang", LOCAL),
        ("postgres://me:secret@db:5432/jiebang", LOCAL),
        ("postgresql+asyncpg://me:secret@db:5432/jiebang", LOCAL),
        ("postgresql+psycopg://me:secret@db:5432/jiebang", LOCAL),
        ("postgresql://me:secret@db:5432/jiebang?sslmode=require", f"{LOCAL}?ssl=require"),
        (
            "postgresql://postgres@/postgres?host=/run/pg",
            "postgresql+asyncpg://postgres@/postgres?host=/run/pg",
        ),
        ("postgresql://me:sslmode=@db/jiebang", "postgresql+asyncpg://me:sslmode=@db/jiebang"),
    ],
)
def test_a_database_may_be_written_as_its_provider_does(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("JIEBANG_DATABASE_URL", given)
    assert Settings().async_database_url == used


@pytest.mark.parametrize("given", [None, ""])
def test_without_a_database_the_embedded_one_is_used(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv("JIEBANG_DATABASE_URL", raising=False)
    if given is not None:
        monkeypatch.setenv("JIEBANG_DATABASE_URL", given)
    assert Settings().async_database_url is None


def test_an_empty_setting_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"JIEBANG_{name.upper()}", "")
    for name, field in Settings.model_fields.items():
        assert getattr(Settings(), name) == field.default


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_ADMIN_TOKEN", "jb-very-secret")
    monkeypatch.setenv("JIEBANG_TELEGRAM_TOKEN", "1:very-secret")
    monkeypatch.setenv("JIEBANG_TELEGRAM_WEBHOOK_SECRET", "very-secret")
    settings = Settings()
    assert "very-secret" not in f"{settings!r} {settings}"
    assert settings.admin_token == SecretStr("jb-very-secret")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"JIEBANG_TELEGRAM_WEBHOOK_URL": "https://x.example/hook"}, "JIEBANG_TELEGRAM_WEBHOOK_SECRET"),
        ({"JIEBANG_DATABASE_URL": "mysql://me@db/jiebang"}, "postgresql://"),
        ({"JIEBANG_DATABASE_URL": "db.example:5432"}, "postgresql://"),
        ({"JIEBANG_HTTP_PORT": "http"}, "http_port"),
        ({"JIEBANG_HTTP_PORT": "0"}, "http_port"),
        ({"JIEBANG_HTTP_PORT": "65536"}, "http_port"),
        ({"JIEBANG_TEMPORAL_PORT": "-1"}, "temporal_port"),
        ({"JIEBANG_CHAT": "maybe"}, "chat"),
        ({"JIEBANG_WECOM_CORP_ID": "ww1"}, "JIEBANG_WECOM_AGENT_ID、JIEBANG_WECOM_SECRET、"),
        ({"JIEBANG_WECOM_ENCODING_AES_KEY": "too-short"}, "EncodingAESKey 是 43 个字母和数字"),
    ],
)
async def test_a_wrong_setting_is_one_clear_line(
    terminal: Terminal, settings: dict[str, str], words: str
) -> None:
    terminal.set(**settings)
    for command in (["seed"], ["up"], ["doctor"]):
        assert words in (await terminal.jiebang(*command)).refusal()


def test_another_temporal_is_named_by_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert not external_temporal()
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    assert external_temporal()
