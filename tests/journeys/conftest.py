"""A platform that talks to Ischia through HTTP, in one process."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from ischia.base import cage, clock
from ischia.base.events import Actor
from ischia.base.keys.scopes import Scope
from ischia.base.keys.verbs import create_key
from ischia.content.queries import forget_remembered
from ischia.policies.current import current
from ischia.policies.verbs import ensure_default
from ischia.segments.queries import forget as forget_index

SYSTEM = Actor("system", "test")
LONG_TEXT = "The lighthouse keeper climbs the stairs every evening and writes the wind into his book. " * 4


@dataclass(slots=True)
class Platform:
    """The API with one key."""

    client: Client
    key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A JSON request; the answer has `.status_code` and `.json()`."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        kwargs = {"data": content, "content_type": "application/json"} if body is not None else {}
        return getattr(self.client, method)(f"/api/v1{path}", headers=sent, **kwargs)

    def get(self, path: str) -> Any:
        return self.call("get", path)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("post", path, body, **headers)

    def send(self, path: str, field: str, document: Any, **files: bytes) -> Any:
        """A multipart request."""
        parts = {name: io.BytesIO(content) for name, content in files.items()}
        for name, part in parts.items():
            part.name = name
        data = {field: json.dumps(document), **parts}
        return self.client.post(f"/api/v1{path}", data=data, headers={"Authorization": f"Bearer {self.key}"})

    def screen_text(self, item: str, text: str, **more: Any) -> Any:
        parts = [{"id": "body", "type": "text", "text": text}]
        return self.post("/screen", {"surface": "posts", "id": item, "author": "a", "parts": parts, **more})

    def screen_picture(self, item: str, picture: bytes, **more: Any) -> Any:
        parts = [{"id": "picture", "type": "image", "file": "f"}]
        document = {"surface": "posts", "id": item, "author": "a", "parts": parts, **more}
        return self.send("/screen", "submission", document, f=picture)

    def add_text(self, text: str, context: str = "any", bank: str = "known") -> Any:
        entry = {"label": "a known text", "source": "test", "context": context, "text": text}
        return self.post(f"/banks/{bank}/entries", entry)

    def add_picture(self, picture: bytes, context: str = "any", bank: str = "known") -> Any:
        entry = {"label": "a known picture", "source": "test", "context": context}
        return self.send(f"/banks/{bank}/entries", "entry", entry, file=picture)


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """What a process remembers of a database must not outlive the test's transaction."""
    forget_remembered()
    forget_index()
    current.forget()
    yield
    forget_remembered()
    forget_index()
    current.forget()


@pytest.fixture(scope="session", autouse=True)
def _cage() -> Iterator[None]:
    yield
    cage.stop()


def make_platform(client: Client, scopes: tuple[str, ...] = tuple(Scope)) -> Platform:
    _, secret = create_key(name="platform", scopes=scopes, actor=SYSTEM, now=clock.now())
    return Platform(client, secret)


@pytest.fixture
def platform(db: None, client: Client) -> Platform:
    """A platform with every scope, the surface `posts`, and the acting bank `known`."""
    ensure_default(clock.now())
    platform = make_platform(client)
    assert (
        platform.post("/surfaces", {"name": "posts", "audience": "public", "when_silent": "publish"}).status_code == 201
    )
    bank = {"name": "known", "purpose": "stand-ins", "acting": True, "sources_required": 1}
    assert platform.post("/banks", bank).status_code == 201
    return platform


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Makes photographs-like JPEGs: smooth random scenes, the same for the same seed."""

    def make(seed: int, quality: int = 90, size: tuple[int, int] = (320, 240)) -> bytes:
        coarse = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC).resize(size)
        target = io.BytesIO()
        image.save(target, "JPEG", quality=quality)
        return target.getvalue()

    return make
