"""The console's addresses. Names and ids of the operator's own come last in a path, because they may hold slashes."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ischia.console.views import banks, cases, hunts, items, ledger, media, overview, policy
from ischia.console.views.kit import kit
from ischia.console.views.preferences import preference

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.home, name="home"),
    path("console", overview.overview, name="overview"),
    path("console/cases", cases.cases, name="cases"),
    path("console/cases/<uuid:case_id>", cases.case, name="case"),
    path("console/items", items.items, name="items"),
    path("console/texts/<int:content>/genre", items.tell_genre, name="tell-genre"),
    path("console/items/<str:surface>", items.item, name="item-by-query"),
    path("console/items/<str:surface>/<path:item_id>", items.item, name="item"),
    path("console/pictures/parts/<int:content>", media.part_picture, name="part-picture"),
    path("console/pictures/entries/<int:picture>", media.entry_picture, name="entry-picture"),
    path("console/banks", banks.banks, name="banks"),
    path("console/banks/<path:name>", banks.bank, name="bank"),
    path("console/new-bank", banks.new_bank, name="new-bank"),
    path("console/new-entry/<path:name>", banks.new_entry, name="new-entry"),
    path("console/entries/<uuid:entry_id>", banks.entry, name="entry"),
    path("console/entries/<uuid:entry_id>/retire", banks.retire, name="retire-entry"),
    path("console/entries/<uuid:entry_id>/hold-back", banks.hold_back, name="hold-back"),
    path("console/entries/<uuid:entry_id>/release", banks.release, name="release"),
    path("console/entries/<uuid:entry_id>/restore", banks.restore, name="restore"),
    path("console/entries/<uuid:entry_id>/sources", banks.add_source, name="add-source"),
    path("console/hunts", hunts.hunts, name="hunts"),
    path("console/hunts/<uuid:hunt_id>", hunts.hunt, name="hunt"),
    path("console/hunts/<uuid:hunt_id>/<slug:answer>", hunts.answer, name="answer-hunt"),
    path("console/ledger", ledger.ledger, name="ledger"),
    path("console/ledger/<uuid:record_id>", ledger.record, name="record"),
    path("console/ledger/<uuid:record_id>/proof", ledger.proof, name="proof"),
    path("console/policy", policy.policy, name="policy"),
    path("console/policy/<int:number>", policy.policy, name="policy-version"),
    path("console/kit", kit, name="kit"),
    path("console/preferences/<slug:name>", preference, name="preference"),
]
