"""An address is known by itself, by its content, and by every place that it lies under."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.links import content_id, entry_signals, is_shortener, signals, unwrapped
from ischia.core.signals import UrlError, canonical, make
from tests.core.test_links import rows


def values(url: str, algorithm: str) -> list[str]:
    return [signal.value for signal in signals(url) if signal.algorithm == algorithm]


@pytest.mark.parametrize(("written", "name", "site", "inside"), rows("Known by"))
def test_an_address_is_known_by_what_the_guide_says(written: str, name: str, site: str, inside: str) -> None:
    address = f"https://{written}"
    assert [signal.value for signal in signals(address) if signal.algorithm == "content_id"] == ([name] if name else [])
    assert site in values(address, "site")
    wrapped = [signal.value for signal in signals(address) if signal.variant == "wrapped" and signal.algorithm == "url"]
    assert wrapped == ([f"https://{inside}", f"http://{inside}"] if inside else [])


@pytest.mark.parametrize(("value", "outcome"), rows("Entries"))
def test_an_entry_is_made_or_refused_as_the_guide_says(value: str, outcome: str) -> None:
    if outcome.startswith("refused: "):
        with pytest.raises(UrlError) as caught:
            entry_signals(value)
        assert outcome.removeprefix("refused: ").removesuffix(" there").split(" has content")[0] in str(caught.value)
        return
    assert [signal.algorithm for signal in entry_signals(value)] == outcome.replace("`", "").split(" and ")


@pytest.mark.parametrize(
    "whole", ["bit.ly", "https://bit.ly/", "*.bit.ly", "bit.ly/abc/*", "https://t.co", "vm.tiktok.com"]
)
def test_what_shortens_addresses_is_no_site(whole: str) -> None:
    with pytest.raises(UrlError, match="name the page that a shortened address leads to"):
        entry_signals(whole)


@pytest.mark.parametrize(
    "nothing", ["notaurl", "notaurl/x", "https://notaurl", "*.notaurl", "not a url", "notaurl?x=1"]
)
def test_what_names_no_host_is_refused_with_what_would_be_valid(nothing: str) -> None:
    with pytest.raises(UrlError, match=r"is no address.*example\.com/page"):
        entry_signals(nothing)


@pytest.mark.parametrize("host", ["https://192.0.2.7/x", "https://[2001:db8::7]/x", "[2001:db8::7]", "192.0.2.7"])
def test_an_address_in_numbers_is_an_entry(host: str) -> None:
    assert entry_signals(host)


@pytest.mark.parametrize(
    ("entry", "under"),
    [
        ("example.com", ["https://example.com/", "http://a.b.www.example.com/x?y", "https://m.example.com:8443/"]),
        ("*.sub.example.com", ["https://sub.example.com/x", "https://www.sub.example.com/"]),
        ("https://www.example.com/*", ["https://example.com/a/b/c"]),
        (
            "example.com/a/b/*",
            ["https://example.com/a/b", "https://www.example.com/a/b/c?d", "https://example.com/a//b/"],
        ),
        ("t.me/Channel/*", ["https://t.me/channel/12", "https://telegram.me/s/CHANNEL", "https://channel.t.me/5"]),
        ("x.com/name/*", ["https://twitter.com/Name/status/1234567"]),
        ("youtube.com/@Name/*", ["https://m.youtube.com/@name/videos"]),
        ("http://192.0.2.7/*", ["https://192.0.2.7:8080/x"]),
    ],
)
def test_what_lies_under_an_entry_is_found_and_its_neighbours_are_not(entry: str, under: list[str]) -> None:
    (signal,) = entry_signals(entry)
    assert signal.algorithm == "site"
    assert all(signal.value in values(address, "site") for address in under)
    neighbours = [
        "https://notexample.com/",
        "https://example.com.org/",
        "https://t.me/channels/1",
        "https://x.com/names",
    ]
    assert not any(signal.value in values(address, "site") for address in neighbours)


def test_an_entry_for_a_page_is_found_under_either_scheme() -> None:
    (entry,) = entry_signals("http://example.com/x")
    assert entry.value in values("https://example.com/x", "url")
    assert [signal.variant for signal in signals("https://example.com/x") if signal.algorithm == "url"] == [
        "",
        "other_scheme",
    ]


def test_the_beginnings_of_a_path_are_at_most_eight_and_of_bounded_length() -> None:
    assert values("https://example.com/" + "/".join("123456789"), "site")[-1] == "example.com/1/2/3/4/5/6/7/8"
    assert values("https://example.com/a/" + "b" * 4000, "site") == ["example.com", "example.com/a"]


def test_a_wrapper_in_a_wrapper_is_opened_and_an_endless_one_is_not() -> None:
    address = "https://web.archive.org/web/2020/https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fx"
    assert "https://example.com/x" in values(address, "url")
    deep = "https://web.archive.org/web/2020/" * 200 + "https://example.com/"
    assert len(values(deep, "url")) == 8


def test_a_post_is_not_its_channel() -> None:
    assert content_id("https://t.me/channel") == "telegram:channel"
    assert content_id("https://t.me/channel/12") == "telegram:channel/12"
    assert content_id("https://t.me/share/url?url=x") is None


def test_a_key_of_an_encrypted_file_is_not_kept() -> None:
    assert not any("secret" in signal.value for signal in signals("https://mega.nz/file/AbCdEfGh#secret"))
    assert not any("secret" in signal.value for signal in signals("https://mega.nz/#!AbCdEfGh!secret"))


def test_shorteners_are_asked_only_for_what_they_shorten() -> None:
    assert is_shortener("https://bit.ly/abc")
    assert not is_shortener("https://bit.ly/")
    assert not is_shortener("https://example.com/abc")


addresses = st.builds(
    lambda host, path, query: f"https://{host}/{path}?{query}",
    st.sampled_from(
        ["t.me", "www.youtube.com", "google.com", "web.archive.org", "mega.nz", "a-b.translate.goog", "vk.com"]
    ),
    st.text(st.sampled_from("ab/+@%2fhttps:.#!"), max_size=30) | st.text(st.characters(codec=None), max_size=20),
    st.text(st.sampled_from("uqv=&a1:/.%2fhtps"), max_size=30),
)


@given(addresses)
def test_every_signal_of_any_address_is_in_canonical_form(address: str) -> None:
    try:
        found = signals(address)
    except UrlError:
        return
    assert all(make(signal.algorithm, signal.value).value == signal.value for signal in found)
    assert len({(signal.algorithm, signal.value) for signal in found}) == len(found)


@given(addresses)
def test_what_is_inside_an_address_is_an_address(address: str) -> None:
    try:
        inner = unwrapped(canonical(address))
    except UrlError:
        return
    assert inner is None or canonical(inner) == inner
