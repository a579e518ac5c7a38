"""Reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings

from avots.core.dates import local_day
from avots.customers.queries import Contact
from avots.outbox import actions as outbox
from avots.readings.links import Link, token_of
from avots.readings.models import Round
from avots.readings.queries import Missing
from avots.reminders.queries import DueTerm
from avots.ui import contacts, letters
from avots.ui.letters import gap


@dataclass(frozen=True)
class Reminder:
    """A household to remind, where to write, and the generation of its personal link."""

    missing: Missing
    contact: Contact
    generation: int


def key_of(round: Round, missing: Missing, ordinal: int) -> str:
    """Return a reminder's key: from the round, never from the clock."""
    occupancy = missing.occupancy
    return f"reading-reminder:{round}:{occupancy.account.number}:{occupancy.premise_id}:{ordinal}"


def remind_to_report(round: Round, reminders: Sequence[Reminder], *, ordinal: int, now: datetime) -> int:
    """Queue the first or the last-day reminder of a round; return how many were new."""
    utility = contacts.on(local_day(now))

    @cache
    def form(language: str) -> letters.Form:
        gaps = {name: gap(name) for name in ("address", "meters", "account_tail", "url")}
        return letters.form(
            "reading-reminder", language=language, utility=utility, round=round, last_day=ordinal == 2, **gaps
        )

    return outbox.queue_many([_draft(round, row, ordinal, form(row.contact.language)) for row in reminders], now=now)


def _draft(round: Round, reminder: Reminder, ordinal: int, form: letters.Form) -> outbox.Draft:
    occupancy = reminder.missing.occupancy
    account, premise = occupancy.account, occupancy.premise
    token = token_of(Link(round.pk, account.pk, premise.pk), generation=reminder.generation)
    letter = form.fill(
        address=premise.address,
        meters=str(reminder.missing.meters),
        account_tail=account.number[-3:],
        url=f"{settings.AVOTS_UTILITY['portal_url']}/r/{token}/",
    )
    return outbox.Draft(
        key=key_of(round, reminder.missing, ordinal),
        to=reminder.contact.email,
        letter=letter,
        template="reading-reminder",
        language=reminder.contact.language,
        expires_at=round.closes_at,
    )


@dataclass(frozen=True)
class TermRow:
    """A meter's term to tell of, which notice it is, and where to write."""

    due: DueTerm
    ordinal: int
    contact: Contact


def term_key_of(row: TermRow) -> str:
    """Return the key of the letter that tells of a meter's term: installation, date, ordinal."""
    return f"{row.due.term.kind}-term:{row.due.installation.pk}:{row.due.term.on}:{row.ordinal}"


def terms_near(letters_of: Sequence[Sequence[TermRow]], *, now: datetime) -> int:
    """Queue one letter for each group of meters whose term of one kind and meaning is near."""
    utility = contacts.on(local_day(now))
    return outbox.queue_many([_term_draft(rows, utility) for rows in letters_of], now=now)


def _term_draft(rows: Sequence[TermRow], utility: dict[str, str]) -> outbox.Draft:
    first = rows[0]
    letter = letters.render(
        f"{first.due.term.kind}-term",
        language=first.contact.language,
        utility=utility,
        rows=[row.due for row in rows],
        meaning=first.due.term.meaning,
        account_tail=first.due.account.number[-3:] if first.due.account else "",
    )
    return outbox.Draft(
        key=term_key_of(first),
        to=first.contact.email,
        letter=letter,
        template=f"{first.due.term.kind}-term",
        language=first.contact.language,
    )
