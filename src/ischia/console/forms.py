"""The console's forms; the verbs behind them check again whatever matters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ischia.base.config import config
from ischia.core.signals import SMALL, Signal, SignalError, make

CONTEXTS = [
    ("dependent", _("Depends on context: press, archives and schools may use it too")),
    ("any", _("Any context: nobody uses it but to spread it")),
]


PLAIN = RegexValidator(r"[\x00-\x1f\x7f-\x9f]", _("No control characters, please."), inverse_match=True)


MATCHES = [
    ("queue", _("go before a person")),
    ("act", _("may act without a person")),
    ("protect", _("are never evidence: it holds what must stay, such as scripture and logos of news")),
]
HUNT_FINDS = [
    ("preview", _("waits until somebody accepts the preview")),
    ("act", _("is done at once, as policy says")),
]


class BankForm(forms.Form):
    """A new bank."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("Short and stable: platforms name it in the API."),
        validators=[RegexValidator(r"\A\w[\w .:-]*\Z", _("Letters, digits, spaces and . : - _ only."))],
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What belongs in it, and why."),
    )
    sources_required = forms.IntegerField(
        label=_("Sources required"),
        min_value=1,
        max_value=20,
        initial=1,
        help_text=_("Until so many sources vouch for an entry, its matches only queue."),
    )
    effect = forms.ChoiceField(  # A field named "matches" would hide the DOM method of that name from scripts.
        label=_("What its matches do"),
        choices=MATCHES,
        help_text=_(
            "Only exact and gated near matches of any-context entries ever act alone, and only as policy says."
        ),
    )
    hunt_finds = forms.ChoiceField(label=_("What hunts find"), choices=HUNT_FINDS)

    @property
    def bank(self) -> dict[str, Any]:
        """The properties of the bank, as its verb takes them."""
        data = dict(self.cleaned_data)
        effect = data.pop("effect")
        return {**data, "acting": effect == "act", "protects": effect == "protect"}


class EntryForm(forms.Form):
    """A new entry: one of text, address, file or signal."""

    label = forms.CharField(
        label=_("Label"),
        max_length=200,
        validators=[PLAIN],
        help_text=_("What it is, in words that a reviewer understands."),
    )
    source = forms.CharField(label=_("Source"), max_length=120, validators=[PLAIN], help_text=_("Who vouches for it."))
    context = forms.ChoiceField(label=_("Context"), choices=CONTEXTS)
    text = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"})
    )
    url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_(
            "Changed copies of pictures, films, sounds and texts are found too; of other files the same bytes."
        ),
    )
    algorithm = forms.ChoiceField(label=_("Algorithm of the signal"), required=False)
    value = forms.CharField(
        label=_("Value of the signal"), required=False, max_length=2100, widget=forms.TextInput(attrs={"dir": "ltr"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["algorithm"].choices = [("", "–"), *((name, name) for name in SMALL)]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """The text, if it is within the limit of a text part."""
        text = str(self.cleaned_data["text"])
        if len(text.encode("utf-8", "surrogatepass")) > config().text_limit:
            raise forms.ValidationError(_("This text is longer than the largest text part."))
        return text

    def clean(self) -> dict[str, Any]:
        """Exactly one kind of content; a signal as its algorithm reads it."""
        data = super().clean() or {}
        kinds = [name for name in ("text", "url", "file", "value") if data.get(name)]
        if len(kinds) != 1:
            raise forms.ValidationError(_("Give one of text, address, file or signal."))
        if data.get("value"):
            self._read_signal(data)
        return data

    def _read_signal(self, data: dict[str, Any]) -> None:
        try:
            data["signal"] = make(data.get("algorithm", ""), data["value"])
        except (SignalError, KeyError) as error:
            self.add_error("value", str(error))

    @property
    def signal(self) -> Signal | None:
        """The signal that was typed in, if one was."""
        return self.cleaned_data.get("signal")


class SourceForm(forms.Form):
    """One more source for an entry."""

    source = forms.CharField(label=_("Source"), max_length=120, validators=[PLAIN])
