"""Banks and the entries in them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ischia.banks import verbs
from ischia.banks.errors import BankExistsError, NoSignalError
from ischia.banks.models import STATUSES, Bank, Entry
from ischia.base.cage import Undecodable
from ischia.base.clock import now as clock
from ischia.base.permissions import Permission, permissions_for, require
from ischia.console import paging
from ischia.console.actors import actor_of
from ischia.console.forms import BankForm, EntryForm, SourceForm
from ischia.console.intake import take_in
from ischia.console.reads import banks as reads
from ischia.core.signals import UrlError
from ischia.screening.verbs import add_known, restore_all


@require(Permission.BANKS_READ)
def banks(request: HttpRequest) -> HttpResponse:
    """List banks."""
    return render(request, "console/banks.html", {"banks": reads.banks()})


@require(Permission.BANKS_WRITE, write=Permission.BANKS_WRITE)
def new_bank(request: HttpRequest) -> HttpResponse:
    """Open a bank."""
    form = BankForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            bank = verbs.create_bank(**form.bank, actor=actor_of(request), now=clock())
        except BankExistsError:
            form.add_error("name", _("There is a bank of this name already."))
        else:
            messages.success(request, _("Bank “%(name)s” created. It is empty.") % {"name": bank.name})
            return redirect("console:bank", bank.name)
    return render(request, "console/new_bank.html", {"form": form}, status=422 if form.errors else 200)


@require(Permission.BANKS_READ)
def bank(request: HttpRequest, name: str) -> HttpResponse:
    """Show a bank and its entries."""
    row = get_object_or_404(reads.banks(), name=name)
    status = request.GET.get("status", "")
    entries: QuerySet[Entry] = reads.entries(row, status=status)
    page = paging.page_of(request, entries)
    context = {"bank": row, "page": page, "status": status, "statuses": STATUSES}
    return render(request, "console/bank.html", context)


@require(Permission.BANKS_WRITE, write=Permission.BANKS_WRITE)
def new_entry(request: HttpRequest, name: str) -> HttpResponse:
    """Add an entry to a bank; it matches from that moment on."""
    row = get_object_or_404(Bank, name=name)
    form = EntryForm(request.POST, request.FILES) if request.method == "POST" else EntryForm()
    if request.method == "POST" and form.is_valid():
        entry = _add(request, row, form)
        if entry is not None:
            messages.success(request, _("Entry added. It matches from now on, and a hunt for it has begun."))
            return redirect("console:entry", entry)
    context = {"bank": row, "form": form}
    return render(request, "console/new_entry.html", context, status=422 if form.errors else 200)


def _add(request: HttpRequest, bank: Bank, form: EntryForm) -> UUID | None:
    """Add the entry, or tell the form why not."""
    data = form.cleaned_data
    try:
        material = take_in(data)
        added = add_known(
            bank=bank.name,
            label=data["label"],
            source=data["source"],
            context=data["context"],
            material=material,
            actor=actor_of(request),
            now=clock(),
        )
    except UrlError as error:
        form.add_error("url", str(error))
    except Undecodable:
        form.add_error("file", _("This picture could not be decoded. Give its hash as a signal instead."))
    except NoSignalError:
        form.add_error(None, _("Nothing here gives a signal: a text needs letters."))
    else:
        for line in added.told:
            messages.warning(request, line)
        return added.entry.id
    return None


@require(Permission.BANKS_READ)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show an entry: what recognises it, who vouches for it, where it matched."""
    row = _entry(entry_id)
    matches = reads.matches_of(row)
    context = {
        "entry": row,
        "signals": row.signals.defer("data").order_by("pk"),
        "sources": row.sources.order_by("pk"),
        "picture": row.pictures.order_by("pk").first(),
        "may_look": Permission.ITEMS_MEDIA in permissions_for(request),
        "matches": matches,
        "match_count": reads.match_count(row),
        "resting": reads.decisions_resting_on(row),
        "hunts": reads.hunts_of(row),
        "source_form": SourceForm(),
    }
    return render(request, "console/entry.html", context)


@require(write=Permission.BANKS_WRITE)
def retire(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Stop an entry from matching."""
    row = _entry(entry_id)
    verbs.retire_entry(bank=row.bank.name, entry=row.pk, actor=actor_of(request), now=clock())
    messages.success(request, _("“%(label)s” is retired. It matches nothing from now on.") % {"label": row.label})
    return redirect("console:entry", row.pk)


@require(write=Permission.BANKS_WRITE)
def hold_back(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Make an entry review-only."""
    row = _entry(entry_id)
    verbs.hold_back(bank=row.bank.name, entry=row.pk, because="by_person", actor=actor_of(request), now=clock())
    messages.success(request, _("It is held back: it still matches, and nothing acts on it alone."))
    return redirect("console:entry", row.pk)


@require(write=Permission.BANKS_WRITE)
def release(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """End what holds an entry back."""
    row = _entry(entry_id)
    verbs.release(bank=row.bank.name, entry=row.pk, actor=actor_of(request), now=clock())
    messages.success(request, _("It is no longer held back."))
    return redirect("console:entry", row.pk)


@require(write=Permission.BANKS_WRITE)
def restore(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Put back what rests on an entry alone."""
    row = _entry(entry_id)
    ended = restore_all(bank=row.bank.name, entry=row.pk, actor=actor_of(request), now=clock())
    text = ngettext(
        "%(n)d decision ended; the platform is asked.", "%(n)d decisions ended; the platform is asked.", ended
    )
    messages.success(request, text % {"n": ended})
    return redirect("console:entry", row.pk)


@require(write=Permission.BANKS_WRITE)
def add_source(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Record that one more source vouches for an entry."""
    row = _entry(entry_id)
    form = SourceForm(request.POST)
    if form.is_valid():
        source = form.cleaned_data["source"]
        verbs.add_source(bank=row.bank.name, entry=row.pk, source=source, actor=actor_of(request), now=clock())
        messages.success(request, _("“%(source)s” now vouches for this entry.") % {"source": source})
    else:
        messages.error(request, _("A source needs a name of at most 120 characters."))
    return redirect("console:entry", row.pk)


def _entry(entry_id: UUID) -> Entry:
    return get_object_or_404(Entry.objects.select_related("bank"), pk=entry_id)
