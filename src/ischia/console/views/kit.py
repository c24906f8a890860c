"""Every piece of the console on one page, with made-up harmless content."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ischia.base.clock import now as clock
from ischia.base.permissions import signed_in
from ischia.console.evidence import Exhibit, Fact, Pair, Step, sentence
from ischia.console.words import word

HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


class ExampleForm(forms.Form):
    """Each kind of control once."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("Short, so that people can say it."))
    context = forms.ChoiceField(
        label=gettext_lazy("Context"),
        choices=[("any", gettext_lazy("any context")), ("dependent", gettext_lazy("depends on context"))],
    )
    purpose = forms.CharField(label=gettext_lazy("Purpose"), widget=forms.Textarea(attrs={"rows": 3}))
    acting = forms.BooleanField(label=gettext_lazy("May act without a person"), required=False)


@signed_in
def kit(request: HttpRequest) -> HttpResponse:
    """Show the kit; the browser tests photograph it in both languages and themes."""
    now = clock()
    text = _("The lighthouse keeper wrote down every ship that passed the island that winter.")
    context = {
        "now": now,
        "deadlines": [now + timedelta(**span) for span in ({"days": 2}, {"hours": 5}, {"minutes": 40}, {"hours": -1})],
        "verdicts": ("allow", "queue", "restrict", "remove"),
        "states": ("pending", "in_force", "requested", "active", "review_only", "retired"),
        "picture": _picture_pair(),
        "words": _text_pair(text),
        "text": text,
        "spans": [_span(text, 1)],
        "facts": _facts(now),
        "steps": _steps(now),
        "bars": [(word(kind), value, kind) for kind, value in (("allow", 918), ("queue", 41), ("remove", 12))],
        "rows": Paginator([f"item-{number:03}" for number in range(1, 121)], 5).get_page(request.GET.get("page")),
        "form": ExampleForm(request.GET if "name" in request.GET else None),
        "hash": HASH,
        "swatches": ("paper", "raised", "ink", "accent", "allow", "queue", "restrict", "remove"),
    }
    return render(request, "console/kit.html", context)


def _picture_pair() -> Pair:
    return Pair(
        probe=Exhibit(
            title=_("Posted"),
            caption="posts / 8841",
            kind="image",
            src=static("console/kit-cropped.svg"),
            alt=_("Drawing"),
        ),
        match=Exhibit(
            title=_("Known"),
            caption=_("Bay at dusk"),
            kind="image",
            src=static("console/kit-picture.svg"),
            alt=_("Drawing"),
        ),
        sentence=sentence("pdq", 12, 31, 2),
        facts=[Fact(label=_("Algorithm"), value="pdq"), Fact(label=_("Distance"), value="12 / 31")],
        more=[Fact(label=_("Signal"), value=HASH, kind="id")],
    )


def _text_pair(text: str) -> Pair:
    return Pair(
        probe=Exhibit(title=_("Posted"), kind="text", text=text, spans=[_span(text, 1), _span(text, -3)]),
        match=Exhibit(title=_("Known"), kind="none", why=_("The text of this entry is not kept here.")),
        sentence=sentence("text", 0, 0, 1),
        facts=[Fact(label=_("Strength"), value="exact", kind="word")],
    )


def _span(text: str, word: int) -> tuple[int, int]:
    """Where a word of `text` stands, counted from the start or the end."""
    found = text.split()[word]
    start = text.index(found)
    return start, start + len(found)


def _facts(now: object) -> list[Fact]:
    return [
        Fact(label=_("Verdict"), value="queue", kind="verdict"),
        Fact(label=_("Signal"), value=HASH, kind="id"),
        Fact(label=_("First seen"), value=now, kind="instant"),
        Fact(label=_("Context"), value="dependent", kind="word"),
    ]


def _steps(now: object) -> list[Step]:
    return [
        Step(title=_("Published"), at=now),
        Step(title=_("Removal requested"), at=now, detail=_("delivered at the second attempt"), state="done"),
        Step(title=_("Acknowledgement missing"), at=now, state="failed"),
    ]
