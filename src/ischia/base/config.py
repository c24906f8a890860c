"""The typed settings of one installation, read once from `ISCHIA_*` environment variables.

`docs/operate/settings.md` lists every field; a house test compares the two.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Config(BaseSettings):
    """Every setting with its default; a bad value stops the start with the variable's name and what is valid."""

    model_config = SettingsConfigDict(env_prefix="ISCHIA_", frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="Folder for the database, media, index segments and keys.")
    database: str = Field("", description="`postgresql://user:password@host/name`; empty for one SQLite file.")
    host: str = Field("127.0.0.1", description="Address that `ischia serve` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that `ischia serve` listens on.")
    url: str = Field("", description="Public base address; by default http://localhost:PORT.")
    origin: str = Field("", description="Name of this ledger in its checkpoints; by default HOST/ledger.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe log line.")
    log_format: Literal["json", "text"] = Field("json", description="`json` for machines, `text` for a terminal.")
    threads: int = Field(16, ge=1, le=256, description="Requests that are worked on at once in the web process.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes that `ischia serve` supervises.")
    cages: int = Field(2, ge=1, le=64, description="Files that are decoded at once, each in its own cage.")
    body_limit: int = Field(64 * 2**20, ge=2**10, description="Largest request body, in bytes.")
    text_limit: int = Field(2**20, ge=2**10, description="Largest text part, in bytes of UTF-8.")
    requests_per_second: int = Field(2000, ge=1, description="Sustained requests per second of one API key.")
    metrics: Literal["loopback", "any"] = Field("loopback", description="Who may read `/metrics`.")
    outbound_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated `host:port` pairs that webhooks may reach although they are not public."
    )
    resolve_links: Literal["off", "listed"] = Field(
        "off",
        description="Whether the listed shorteners are asked where their links lead; they learn that we saw them.",
    )
    segment_after: int = Field(50_000, ge=1, description="Index changes after which a new segment is built.")
    read_pictures: bool = Field(
        False, description="Reads the text in pictures (needs the extra `ocr` and Tesseract's languages); seconds each."
    )
    blast_radius: int = Field(
        200, ge=1, description="Items that one entry may take down within an hour before it becomes review-only."
    )
    media_days: int = Field(30, ge=1, description="Days for which the content of queued and acted-on items is kept.")
    demo: bool = Field(False, description="Shows the banner of the demo, whose sign-in link needs no second factor.")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("outbound_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("expected postgresql://user:password@host/name, or nothing for SQLite")
        return value

    @property
    def base_url(self) -> str:
        """Public base address without a trailing slash."""
        return (self.url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def ledger_origin(self) -> str:
        """The ledger's name, as C2SP checkpoints want it: a schema-less address without spaces."""
        return self.origin or f"{urlsplit(self.base_url).netloc}/ledger"

    @property
    def embedded(self) -> bool:
        """True where everything is in one SQLite file."""
        return not self.database

    def secret(self, name: str) -> bytes:
        """32 random bytes kept in the data folder's file `name`, made at first use with mode 0600."""
        path = self.folder("keys") / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return _create_secret(path)

    def folder(self, name: str) -> Path:
        """The folder `name` below the data folder, made at first use with mode 0700."""
        path = self.data / name
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def _create_secret(path: Path) -> bytes:
    """Link a complete file into place, so that two processes that start together agree on one secret."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_bytes(32))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


@lru_cache(maxsize=1)
def config() -> Config:
    """The settings of this process."""
    return Config()
