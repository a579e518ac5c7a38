"""Reminding those who have not reported."""

from datetime import datetime

from django.db import transaction

from avots.core import policies
from avots.core.dates import local_day
from avots.customers.queries import contacts_of
from avots.outbox.queries import promised
from avots.readings import queries
from avots.readings.models import LinkGeneration, Round
from avots.reminders import emails
from avots.reminders.rules import reminder_due

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
