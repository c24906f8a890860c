"""Processes of a whole installation are killed under load; nothing that was acknowledged is lost or done twice."""

from __future__ import annotations

import io
import json
import random
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.base.sink import Sink
from tests.faults.site import Site, database, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KNOWN = "The lighthouse keeper climbs the stairs every evening and writes the wind into his book. " * 4
# What is killed, in an order that is drawn; each start after a death in the first minute waits longer than the last.
KILLS = ("web", "web", "worker", "worker", "worker", "zygote", "zygote", "zygote", "zygote", "zygote")
KILL_EVERY = 1.7


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def site(tmp_path: Path, sink: Sink) -> Iterator[Site]:
    with database() as url:
        site = Site(tmp_path, ISCHIA_DATABASE=url, ISCHIA_OUTBOUND_ALLOW=sink.allow[0], ISCHIA_SEGMENT_AFTER="60")
        try:
            site.start()
            site.make_key()
            assert (
                site.api("POST", "/surfaces", {"name": "posts", "audience": "public", "when_silent": "publish"})[0]
                == 201
            )
            assert site.api("POST", "/banks", {"name": "known", "purpose": "stand-ins", "acting": True})[0] == 201
            yield site
        finally:
            site.stop()


@dataclass
class History:
    """What the client was told: answers to submissions by item, entries by label, acknowledgements by action."""

    screened: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    entries: dict[str, str] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    unexpected: list[tuple[str, int, Any]] = field(default_factory=list)


def picture(number: int) -> bytes:
    small = Image.frombytes("RGB", (8, 6), random.Random(number).randbytes(8 * 6 * 3))
    out = io.BytesIO()
    small.resize((320, 240), Image.Resampling.BICUBIC).save(out, "JPEG")
    return out.getvalue()


def load(site: Site, worker: int, history: History, stop: threading.Event) -> None:
    """Submit texts, pictures, things to be screened later, and entries, one after the other."""
    number = 0
    while not stop.is_set():
        number += 1
        name = f"{worker}/{number}"
        if number % 5 == 4:
            _add_entry(site, f"entry {name}", history)
        else:
            _submit(site, name, number, history)


def _submit(site: Site, name: str, number: int, history: History) -> None:
    mode = "async" if number % 5 == 3 else "sync"
    text = KNOWN if number % 5 in {1, 3} else f"an ordinary text, number {name}"
    document: dict[str, Any] = {"surface": "posts", "id": name, "author": "planted-author", "mode": mode}
    if number % 5 == 2:
        document["parts"] = [{"id": "p", "type": "image", "file": "f"}]
        head = b"--x\r\nContent-Disposition: form-data; name=submission\r\n\r\n" + json.dumps(document).encode()
        body = head + b"\r\n--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + picture(number)
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        status, answer = site.api("POST", "/screen", body + b"\r\n--x--\r\n", **kind)
    else:
        document["parts"] = [{"id": "b", "type": "text", "text": text}]
        status, answer = site.api("POST", "/screen", document)
    if status == 200:
        history.screened[name] = answer
    elif status == 202:
        history.accepted.add(name)
    else:
        history.unexpected.append((name, status, answer))


def _add_entry(site: Site, label: str, history: History) -> None:
    """An entry that was begun when the web process died is answered 409 for a while: then it is not known to stand."""
    entry = {"label": label, "source": "test", "text": f"known words of {label}"}
    history.labels.add(label)
    status, answer = site.api("POST", "/banks/known/entries", entry, **{"Idempotency-Key": label})
    if status == 201:
        history.entries[label] = answer["id"]
    elif status != 409:
        history.unexpected.append((label, status, answer))


def acknowledge(site: Site, sink: Sink, history: History, stop: threading.Event) -> None:
    """Acknowledge every other action that is delivered."""
    while not stop.wait(0.05):
        for action in delivered(sink):
            if action not in history.acknowledged and int(action[-1], 16) % 2:
                status, answer = site.api("POST", f"/actions/{action}/ack", {"outcome": "done"})
                if status == 200:
                    history.acknowledged.add(action)
                else:
                    history.unexpected.append((action, status, answer))


def delivered(sink: Sink) -> Counter[str]:
    return Counter(json.loads(got.body)["data"]["action"]["id"] for got in list(sink.got))


def kill_at_random(site: Site, stop: threading.Event, history: History) -> Counter[str]:
    """Kill one process after the other, then let the load go on until enough was done, for at most 40 seconds."""
    chance, killed, end = random.Random(20171019), Counter[str](), threading.Event()
    for name in chance.sample(KILLS, len(KILLS)):
        end.wait(KILL_EVERY)
        killed[name] += site.kill(name)
    for _ in range(200):
        if least_done(history) >= 5:
            break
        end.wait(0.2)
    stop.set()
    return killed


def least_done(history: History) -> int:
    return min(len(history.screened), len(history.entries), len(history.accepted))


def all_entries(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        after = f"&after={found[-1]['id']}" if found else ""
        page = site.api("GET", f"/banks/known/entries?limit=1000{after}")[1]
        found += page
        if len(page) < 1000:
            return found


def checked(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    result = site.run(*words)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def test_nothing_acknowledged_is_lost_or_done_twice(site: Site, sink: Sink) -> None:
    site.api("POST", "/banks/known/entries", {"label": "k", "source": "test", "context": "any", "text": KNOWN})
    site.api("POST", "/webhooks", {"url": sink.url, "events": ["action.requested"]})
    history, stop, stop_acknowledging = History(), threading.Event(), threading.Event()
    threads = [threading.Thread(target=load, args=(site, n, history, stop)) for n in range(4)]
    acknowledging = threading.Thread(target=acknowledge, args=(site, sink, history, stop_acknowledging))
    for thread in (*threads, acknowledging):
        thread.start()
    killed = kill_at_random(site, stop, history)
    for thread in threads:
        thread.join(70)
    stop_acknowledging.set()
    acknowledging.join(70)
    assert set(+killed) == {"web", "worker", "zygote"}
    assert not history.unexpected
    assert least_done(history) >= 3

    site.kill_all()
    site.start()
    names = {*history.screened, *history.accepted}

    def item(name: str) -> dict[str, Any]:
        status, found = site.api("GET", f"/items/posts/{name}")
        assert status == 200, name
        return dict(found)

    until(lambda: all(item(name)["state"] == "done" for name in history.accepted), what="what was accepted")
    items = {name: item(name) for name in names}
    for name, told in history.screened.items():
        assert (items[name]["revision"], items[name]["verdict"]) == (told["revision"], told["verdict"]), name
    actions = {}
    for name, found in items.items():
        assert len(found["decisions"]) == (found["verdict"] == "remove"), name
        for decision in found["decisions"]:
            (action,) = decision["actions"]
            actions[action["id"]] = action["state"]
    labels = Counter(entry["label"] for entry in all_entries(site))
    assert max(labels.values()) == 1
    assert set(history.entries) <= set(labels) <= {*history.labels, "k"}
    until(lambda: set(actions) <= set(delivered(sink)), what="the delivery of every action")
    assert all(state == "done" for action, state in actions.items() if action in history.acknowledged)
    before = len(sink.got)
    for action in actions:
        assert site.api("POST", f"/actions/{action}/ack", {"outcome": "done"})[0] == 200
    site.stop()
    assert not {json.loads(got.body)["data"]["action"]["id"] for got in sink.got[before:]} & history.acknowledged
    checked(site, "fsck")
    checked(site, "ledger", "verify")
    kept = [path for path in Path(site.environment["ISCHIA_DATA"]).rglob("*") if path.is_file()]
    assert not [path for path in kept if b"planted-author" in path.read_bytes()]


def test_a_worker_killed_while_it_hunts_and_publishes_segments_goes_on_and_finds_nothing_twice(site: Site) -> None:
    chance, held, rounds = random.Random(7), 25, 3
    for round_ in range(rounds):
        for number in range(held):
            part = {"id": "b", "type": "text", "text": f"what the hunt of round {round_} looks for"}
            document = {"surface": "posts", "id": f"{round_}/{number}", "parts": [part]}
            assert site.api("POST", "/screen", document)[1]["verdict"] == "allow"
    values = [chance.randbytes(32).hex() for _ in range(rounds * 90)]
    for round_ in range(rounds):
        signals = [{"algorithm": "pdq", "value": value, "quality": 90} for value in values[round_ * 90 :][:90]]
        text = f"what the hunt of round {round_} looks for"
        entry = {"label": f"round {round_}", "source": "test", "text": text, "signals": signals}
        assert site.api("POST", "/banks/known/entries", entry)[0] == 201
        threading.Event().wait(chance.uniform(0, 0.4))
        site.kill("worker")

    def hunted(round_: int, number: int) -> bool:
        return bool(site.api("GET", f"/items/posts/{round_}/{number}")[1]["match_count"])

    until(lambda: all(hunted(r, n) for r in range(rounds) for n in range(held)), what="the hunts")
    segments = Path(site.environment["ISCHIA_DATA"]) / "segments"
    until(lambda: any(segments.iterdir()), what="a segment")
    for value in values:
        assert len(site.api("POST", "/lookup", {"algorithm": "pdq", "value": value})[1]["matches"]) == 1
    site.kill_all()
    site.start()
    for round_ in range(rounds):
        for number in range(held):
            assert site.api("GET", f"/items/posts/{round_}/{number}")[1]["match_count"] == 1
    for value in values[::10]:
        assert len(site.api("POST", "/lookup", {"algorithm": "pdq", "value": value})[1]["matches"]) == 1
    site.stop()
    checked(site, "fsck")
    checked(site, "ledger", "verify")
