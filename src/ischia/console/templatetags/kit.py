"""The kit: small server-rendered pieces that every page of the console is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from ischia.console.charts import Bars, bars
from ischia.console.languages import of_part
from ischia.console.spans import duration
from ischia.console.words import DEFAULT_REASONS
from ischia.console.words import word as word_for

register = template.Library()
register.filter(duration)
register.filter("languages", of_part)

VERDICTS = ("allow", "queue", "restrict", "remove")


@register.filter
def word(value: object) -> str:
    """The word for a stored value."""
    return word_for(value)


@register.filter
def told(reason: str) -> str:
    """A rule's own words; those of the default policy are known in every language of the console."""
    return _(reason) if reason in DEFAULT_REASONS else reason


@register.filter
def tail(value: object) -> str:
    """The last eight characters of an id, which tell ids of the same hour apart."""
    return str(value)[-8:]


@register.filter
def age(since: datetime, now: datetime) -> str:
    """How long it is since `since`."""
    seconds = (now - since).total_seconds()
    return duration(seconds) if seconds >= 60 else _("less than a minute")


@register.inclusion_tag("console/kit/verdict.html")
def verdict(name: str, *, large: bool = False) -> dict[str, object]:
    """A verdict as shape, colour and word; any other state as a plain badge."""
    return {"kind": name if name in VERDICTS else "", "word": word_for(name), "large": large}


@register.simple_tag
def instant(moment: datetime | None) -> SafeString | str:
    """A moment in UTC, which the script turns to the viewer's zone; a dash for none."""
    if moment is None:
        return "–"
    moment = moment.astimezone(UTC)
    text = _("%(instant)s UTC") % {"instant": date_format(moment, _("j M Y, H:i:s"))}
    return format_html('<time datetime="{}" data-instant>{}</time>', moment.isoformat(timespec="milliseconds"), text)


@register.inclusion_tag("console/kit/countdown.html")
def countdown(deadline: datetime, now: datetime) -> dict[str, object]:
    """Time left until `deadline`, as words and as a shape: calm, soon (6 h), near (1 h), past."""
    left = (deadline - now).total_seconds()
    state = "past" if left < 0 else "near" if left < 3600 else "soon" if left < 6 * 3600 else "calm"
    text = _("%(time)s late") if left < 0 else _("%(time)s left")
    utc = _("%(instant)s UTC") % {"instant": date_format(deadline.astimezone(UTC), _("j M Y, H:i:s"))}
    return {"deadline": deadline, "state": state, "text": text % {"time": duration(abs(left))}, "utc": utc}


@register.simple_tag
def clip(value: object) -> SafeString:
    """An identifier, hash or address: isolated left-to-right, cut on screen, whole on hover and when copied."""
    return format_html('<bdi dir="ltr"><code class="clip" title="{}">{}</code></bdi>', value, value)


@register.inclusion_tag("console/kit/marked.html")
def marked(text: str, spans: Iterable[tuple[int, int]]) -> dict[str, object]:
    """`text` with the half-open character `spans` highlighted; they may touch and overlap."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        if end > at:
            pieces += [(text[at : max(at, start)], False), (text[max(at, start) : end], True)]
            at = end
    return {"pieces": [piece for piece in [*pieces, (text[at:], False)] if piece[0]]}


@register.inclusion_tag("console/kit/bars.html")
def bar_chart(title: str, rows: Sequence[tuple[str, int, str]], unit: str) -> dict[str, object]:
    """Bars as SVG with the same figures as a table beneath; a row is label, value and the state whose colour it has."""
    chart: Bars = bars(rows, bidi=get_language_bidi())
    return {"title": title, "chart": chart, "unit": unit}


@register.inclusion_tag("console/kit/paging.html", takes_context=True)
def paging(context: Mapping[str, Any], page: object) -> dict[str, object]:
    """The way to the next and the previous page that keeps the filters in the address."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "query": urlencode(list(query.lists()), doseq=True)}
