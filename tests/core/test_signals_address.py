"""Addresses: one spelling for one page, and nothing lost that says which page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ischia.core.signals import UrlError, canonical, make


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://example.com", "http://example.com/"),
        ("  HTTPS://EXAMPLE.com/A\n", "https://example.com/A"),
        ("https://example.com:443/", "https://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("http://example.com:8080/", "http://example.com:8080/"),
        ("https://user:password@example.com/", "https://example.com/"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://www.example.com/", "https://www.example.com/"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/%7euser/%c3%a9", "https://example.com/~user/%C3%A9"),
        ("https://example.com/é", "https://example.com/%C3%A9"),
        ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
        ("https://example.com/page#part", "https://example.com/page"),
        ("https://example.com/?", "https://example.com/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("https://مثال.example/", "https://xn--mgbh0fb.example/"),
        ("https:\\\\example.com\\a", "https://example.com/a"),
        ("https://t.me/some_channel/123?single", "https://t.me/some_channel/123?single"),
        ("http://[::1]:80/", "http://[::1]/"),
    ],
)
def test_an_address_has_one_spelling(written: str, expected: str) -> None:
    assert canonical(written) == expected


@pytest.mark.parametrize(
    "query",
    ["utm_source=x", "UTM_Medium=x&utm_campaign=y", "fbclid=1", "gclid=2", "igshid=3", "mc_eid=4&mc_cid=5", "_ga=6"],
)
def test_parameters_that_only_track_are_dropped(query: str) -> None:
    assert canonical(f"https://example.com/a?{query}") == "https://example.com/a"
    assert canonical(f"https://example.com/a?id=7&{query}") == "https://example.com/a?id=7"


@pytest.mark.parametrize("name", ["v", "t", "q", "id", "p", "list", "story_fbid", "s", "si", "feature"])
def test_parameters_that_may_identify_content_stay(name: str) -> None:
    assert canonical(f"https://example.com/a?{name}=7") == f"https://example.com/a?{name}=7"


def test_a_share_parameter_is_dropped_where_it_is_known_to_be_one() -> None:
    assert canonical("https://youtu.be/abc?si=xyz&t=10") == "https://youtu.be/abc?t=10"
    assert canonical("https://www.youtube.com/watch?v=abc&feature=share") == "https://www.youtube.com/watch?v=abc"


def test_named_parameters_are_ordered_and_repeated_ones_keep_their_order() -> None:
    assert canonical("https://example.com/?b=1&a=2&b=0") == "https://example.com/?a=2&b=1&b=0"


def test_a_query_that_is_no_list_of_parameters_keeps_its_order() -> None:
    assert canonical("https://example.com/?z/y&a=1") == "https://example.com/?z/y&a=1"


def test_a_space_in_a_query_has_one_spelling() -> None:
    assert canonical("https://example.com/?q=a+b") == canonical("https://example.com/?q=a%20b")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "is no address; a full one looks like https://example.com/page"),
        ("example.com/page", "is no address"),
        ("ftp://example.com/", "has the scheme 'ftp:'; only http: and https: are accepted"),
        ("javascript:alert(1)", "has the scheme 'javascript:'"),
        ("https://", "is no address"),
        ("https://./", "has no host"),
        ("https://exa mple.com/", "is no address"),
        ("https://example.com/\ud800", "half of a surrogate pair"),
        ("https://example.com/" + "a" * 9000, "at most 8192 are accepted"),
        ("https://example.com/" + "é" * 3000, "in canonical form, at most 8192"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_the_reason(written: str, message: str) -> None:
    with pytest.raises(UrlError) as caught:
        canonical(written)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_signal_of_an_address_is_its_canonical_form() -> None:
    signal = make("url", "HTTP://Example.com")
    assert (signal.algorithm, signal.version, signal.value, signal.quality) == ("url", 1, "http://example.com/", None)


paths = st.text(st.characters(codec=None), max_size=40)


@given(paths, paths, st.sampled_from(["example.com", "www.example.com.", "EXAMPLE.com:443", "a@example.com"]))
def test_the_canonical_form_is_its_own_canonical_form(path: str, query: str, host: str) -> None:
    try:
        once = canonical(f"https://{host}/{path}?{query}")
    except UrlError:
        return
    assert canonical(once) == once
    assert once.isascii()


@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    try:
        outcome = canonical(text)
    except UrlError as error:
        outcome = str(error)
    assert (
        outcome.startswith(("http://", "https://"))
        or "accepted" in outcome
        or " has no host" in outcome
        or " is no address" in outcome
        or "surrogate" in outcome
    )
