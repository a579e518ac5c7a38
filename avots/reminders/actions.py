"""Reminding those who have not reported, and telling of meters' terms."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from avots.core import policies
from avots.core.dates import local_day
from avots.customers.queries import contacts_of
from avots.meters.rules import REPLACEMENT, VERIFICATION
from avots.outbox.queries import promised
from avots.readings import queries
from avots.readings.models import LinkGeneration, Round
from avots.reminders import emails
from avots.reminders import queries as terms
from avots.reminders.models import TermNotice
from avots.reminders.rules import reminder_due, term_notice_due

BATCH = 200


def remind(round: Round, *, now: datetime) -> int:
    """Queue the reminder now due to every household still missing; return how many were new.

    Who was reminded stays reminded: a household that has since reported one of its meters, or
    changed its address, gets no second letter of the same ordinal.
    """
    hour = policies.on(round.first_day).reminder_hour
    opens_on = local_day(round.opens_at)
    ordinal = reminder_due(now, opens_on=opens_on, last_on=round.cut_on, hour=hour)
    missing = _not_reminded(round, ordinal) if ordinal else []
    contacts = contacts_of([row.occupancy.account for row in missing], on=local_day(now))
    raised = LinkGeneration.objects.values_list("account_id", "premise_id", "generation")
    generations = {(account, premise): generation for account, premise, generation in raised}
    reminders = [
        emails.Reminder(
            row,
            contacts[row.occupancy.account_id],
            generations.get((row.occupancy.account_id, row.occupancy.premise_id), 0),
        )
        for row in missing
        if row.occupancy.account_id in contacts
    ]
    sent = 0
    for start in range(0, len(reminders), BATCH):
        with transaction.atomic():
            batch = reminders[start : start + BATCH]
            sent += emails.remind_to_report(round, batch, ordinal=ordinal, now=now)
    return sent


def _not_reminded(round: Round, ordinal: int) -> list[queries.Missing]:
    keys = {emails.key_of(round, row, ordinal): row for row in queries.missing(round)}
    done = promised(keys)
    return [row for key, row in keys.items() if key not in done]


def notify_terms(*, now: datetime) -> int:
    """Promise the notices of meters' terms that are due today; return how many meters are told of.

    One letter for an account and kind tells of all its meters; each meter, term and ordinal is told of
    once. A meter taken out is never told of, and a home without an address is left to its invoice.
    """
    today = local_day(now)
    days = terms.notice_days(today)
    rows = terms.due_terms(today, days=max(*days[VERIFICATION], *days[REPLACEMENT]))
    due = {
        (row.installation.pk, row.term.kind, row.term.on, ordinal): row
        for row in rows
        if (ordinal := term_notice_due(row.term.on, on=today, days=days[row.term.kind])) > row.last_ordinal
    }
    contacts = terms.contacts_for(list(due.values()), today)
    letters: dict[tuple[object, ...], list[emails.TermRow]] = defaultdict(list)
    for (pk, kind, _, ordinal), row in due.items():
        if pk in contacts:
            group = (contacts[pk].email, row.account and row.account.pk, kind, row.term.meaning)
            letters[group].append(emails.TermRow(row, ordinal, contacts[pk]))
    batches = list(letters.values())
    return sum(_tell(batches[start : start + BATCH], now) for start in range(0, len(batches), BATCH))


@transaction.atomic
def _tell(letters: list[list[emails.TermRow]], now: datetime) -> int:
    notices = [
        TermNotice(
            installation=row.due.installation,
            kind=row.due.term.kind,
            term=row.due.term.on,
            ordinal=row.ordinal,
            noticed_at=now,
            message_key=emails.term_key_of(letter[0]),
        )
        for letter in letters
        for row in letter
    ]
    TermNotice.objects.bulk_create(notices)
    emails.terms_near(letters, now=now)
    return len(notices)
