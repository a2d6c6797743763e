"""Settings, all from the environment as JIEBANG_…; Temporal's own as TEMPORAL_… (see `temporalio.envconfig`)."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """How this installation runs."""

    model_config = SettingsConfigDict(env_prefix="JIEBANG_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(Path(".jiebang"), description="数据目录（内置 PostgreSQL、Temporal 和演示时钟）")
    database_url: str | None = Field(None, description="PostgreSQL 地址；不设则使用内置")
    documents_url: str | None = Field(None, description="申报材料存放处，file:// 或 s3://；不设则在数据目录")
    http_host: str = Field("127.0.0.1", description="API 与页面的监听地址")
    http_port: Port = Field(8000, description="API 与页面的端口")
    public_url: str | None = Field(None, description="申报主体打开页面的地址；不设则用监听地址")
    chat: bool = Field(False, description="是否开放本地聊天页 /chat 与 /desk（演示时自动开放）")
    admin_token: SecretStr | None = Field(None, description="办公室角色的固定令牌，用于首次启用")
    telegram_token: SecretStr | None = Field(None, description="Telegram 机器人令牌；设了才启用")
    telegram_api_base: str | None = Field(None, description="Bot API 服务地址；不设则用官方")
    telegram_webhook_url: str | None = Field(None, description="回调地址；设了用回调，不设用轮询")
    telegram_webhook_secret: SecretStr | None = Field(None, description="回调密钥；用回调时必填")
    wecom_corp_id: str | None = Field(None, description="企业微信企业 ID；设了才启用企业微信")
    wecom_agent_id: int | None = Field(None, description="自建应用的 AgentId")
    wecom_secret: SecretStr | None = Field(None, description="自建应用的 Secret")
    wecom_token: SecretStr | None = Field(None, description="接收消息的 Token")
    wecom_encoding_aes_key: SecretStr | None = Field(None, description="接收消息的 EncodingAESKey")
    wecom_api_base: str | None = Field(None, description="企业微信接口地址；不设则用官方")
    wecom_linked: bool = Field(False, description="联系人在互联企业时打开，改用互联企业消息接口")
    language: Literal["zh", "en"] = Field("zh", description="聊天用语：zh 或 en")
    temporal_port: Port = Field(7233, description="内置 Temporal 的端口")
    temporal_ui_port: Port = Field(8233, description="内置 Temporal 界面的端口")

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, url: str | None) -> str | None:
        if url and not re.match(r"postgres(ql)?(\+\w+)?://", url):
            raise ValueError("请写成 postgresql://用户:密码@主机:端口/数据库")
        return url

    @field_validator("documents_url")
    @classmethod
    def _folder_or_s3(cls, url: str | None) -> str | None:
        if url and not re.match(r"file:///|s3://[^/]", url):
            raise ValueError("请写成 file:///目录 或 s3://桶/前缀")
        return url

    @field_validator("public_url")
    @classmethod
    def _http_only(cls, url: str | None) -> str | None:
        if url and not re.match(r"https?://[^/]", url):
            raise ValueError("请写成 https://域名")
        return url

    @model_validator(mode="after")
    def _webhook_needs_a_secret(self) -> Self:
        if self.telegram_webhook_url and not self.telegram_webhook_secret:
            raise ValueError("JIEBANG_TELEGRAM_WEBHOOK_URL 需要同时设置 JIEBANG_TELEGRAM_WEBHOOK_SECRET")
        return self

    @model_validator(mode="after")
    def _wecom_is_whole(self) -> Self:
        names = ("wecom_agent_id", "wecom_secret", "wecom_token", "wecom_encoding_aes_key")
        missing = [f"JIEBANG_{name.upper()}" for name in names if not getattr(self, name)]
        if self.wecom_corp_id and missing:
            raise ValueError(f"启用企业微信还需要设置 {'、'.join(missing)}")
        return self

    @field_validator("wecom_encoding_aes_key")
    @classmethod
    def _key_of_43_characters(cls, key: SecretStr | None) -> SecretStr | None:
        if key and not re.fullmatch(r"[0-9A-Za-z+/]{43}", key.get_secret_value()):
            raise ValueError("EncodingAESKey 是 43 个字母和数字，请从管理后台「接收消息」处复制")
        return key

    @property
    def async_database_url(self) -> str | None:
        """The database's URL with the driver this program uses."""
        if self.database_url is None:
            return None
        place, mark, options = self.database_url.split("://", 1)[-1].partition("?")
        return f"postgresql+asyncpg://{place}{mark}{options.replace('sslmode=', 'ssl=')}"

    @property
    def reachable_url(self) -> str:
        """Where applicants reach the pages, without a slash at the end."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @property
    def documents_place(self) -> str | Path:
        """Where documents are kept: a URL, or a folder of the home."""
        return self.documents_url or self.home / "documents"


def external_temporal() -> bool:
    """Whether a Temporal server is named in the environment."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_CONFIG_FILE"))
