"""The rules that are dated data: what holds today and why, and how one is changed from a day on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock, policies
from avots.core.allowed import ALLOWED, DECIDES_MONEY, ONLY_SHOWN
from avots.core.dates import Month, local_day
from avots.core.models import Approval
from avots.core.policies import Decided
from avots.customers.queries import names_of
from avots.office.access import DECIDERS
from avots.office.forms import day_of
from avots.office.rulebook import ELSEWHERE, LABELS, TOPICS
from avots.office.rulevalues import allowed_text, fields_of, lines_of, text_of, value_of
from avots.office.views.common import attempt, by_staff
from avots.ui.who import roles_in
from avots.usage.actions import RULE, RuleChange, approve_rule, decide_rule, decline_rule


@dataclass(frozen=True)
class Entry:
    """A value on a rule's page: ``when`` is "earlier", "now" or "later"."""

    held: Decided
    text: str
    when: str
    basis: str
    asked_by: str = ""

    @property
    def by(self) -> str:
        return self.held.change.decided_by if self.held.change else ""


@dataclass(frozen=True)
class Row:
    """A rule with all its values, the newest first."""

    name: str
    entries: list[Entry]
    asked: Approval | None = None
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return gettext(LABELS[self.name])

    @property
    def now(self) -> Entry:
        return next(entry for entry in self.entries if entry.when == "now")

    @property
    def money(self) -> bool:
        return self.name in DECIDES_MONEY

    @property
    def elsewhere(self) -> bool:
        return self.name in ELSEWHERE

    @property
    def only_shown(self) -> bool:
        return self.name in ONLY_SHOWN


def _row(name: str, held: list[Decided], today: date, asked: Iterable[Approval]) -> Row:
    latest = max((one.since for one in held if one.since <= today), default=held[0].since)
    requested = {(row.facts["valid_from"], row.state): row for row in asked}
    entries = [
        Entry(
            one,
            text_of(name, one.value),
            "now" if one.since == latest else "earlier" if one.since < latest else "later",
            _basis(one),
            _asked_by(one, requested),
        )
        for one in reversed(held)
    ]
    waiting = next((row for (_day, state), row in requested.items() if state == Approval.State.OPEN), None)
    now = next(one for one in held if one.since == latest)
    return Row(name, entries, waiting, lines_of(name, now.value))


def _basis(one: Decided) -> str:
    if one.change:
        return one.change.basis
    return one.basis_lv if (get_language() or "lv")[:2] == "lv" else one.basis


def _asked_by(one: Decided, requested: Mapping[tuple[str, str], Approval]) -> str:
    found = requested.get((str(one.since), Approval.State.GRANTED)) if one.change else None
    return found.requested_by if found else ""


def _rows(today: date) -> dict[str, Row]:
    asked: dict[str, list[Approval]] = {}
    states = [Approval.State.OPEN, Approval.State.GRANTED]
    for row in Approval.objects.filter(kind=RULE, state__in=states).order_by("pk"):
        asked.setdefault(row.facts["name"], []).append(row)
    return {name: _row(name, held, today, asked.get(name, [])) for name, held in policies.timelines().items()}


def _common(request: HttpRequest, today: date, rows: Iterable[Row]) -> dict[str, Any]:
    shown = list(rows)
    who = {person for row in shown for entry in row.entries for person in (entry.by, entry.asked_by) if person}
    who |= {row.asked.requested_by for row in shown if row.asked}
    return {
        "today": today,
        "names": names_of(who),
        "may_change": bool(roles_in(request) & set(DECIDERS)),
        "waiting": [(row, text_of(row.name, row.asked.facts["value"])) for row in shown if row.asked],
    }


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule by topic, and the changes that wait for a second person."""
    today = local_day(clock.now())
    rows = _rows(today)
    context = {
        "topics": [(gettext(topic), [rows[name] for name in names]) for topic, names in TOPICS.items()],
        "changed": sum(row.now.held.change is not None for row in rows.values()),
        "unsure": sum(row.now.held.status == "M" for row in rows.values()),
        **_common(request, today, rows.values()),
    }
    return render(request, "office/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, name: str) -> HttpResponse:
    """One rule with a form: a new value, the day it holds from, and why."""
    if name not in ALLOWED or name in ELSEWHERE | ONLY_SHOWN:
        raise Http404
    typed = request.POST if request.method == "POST" else None
    if typed is not None and _change(request, name):
        return redirect("office:rules")
    today = local_day(clock.now())
    row = _rows(today)[name]
    context = {
        "row": row,
        "fields": fields_of(name, row.now.held.value, typed),
        "allowed": allowed_text(ALLOWED[name]),
        "typed": typed or {},
        "first_day": Month.of(today).next.first_day if row.money else today,
        **_common(request, today, [row]),
    }
    return render(request, "office/rule.html", context, status=200 if typed is None else 422)


def _change(request: HttpRequest, name: str) -> bool:
    def act() -> None:
        basis = request.POST.get("basis", "").strip()[:300]
        wanted = RuleChange(name, day_of(request.POST.dict(), "valid_from"), value_of(name, request.POST), basis)
        decide_rule(wanted, now=clock.now(), by=by_staff(request))

    if name in DECIDES_MONEY:
        return attempt(request, _("Apstiprinājums lūgts. Tagad vajag otru cilvēku."), act)
    return attempt(request, _("Saglabāts."), act)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a waiting change in force, or leave the rule as it is, as a second person."""
    asked, now, by = get_object_or_404(Approval, kind=RULE, pk=pk), clock.now(), by_staff(request)
    if request.POST.get("decision") == "approve":
        attempt(request, _("Noteikums mainīts."), lambda: approve_rule(asked, now=now, by=by))
    elif request.POST.get("decision") == "decline":
        attempt(request, _("Viss paliek, kā bija."), lambda: decline_rule(asked, now=now, by=by))
    return redirect("office:rules")
