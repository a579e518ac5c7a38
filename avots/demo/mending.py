"""A few invoices turn out wrong: a value read wrong, a detail, or a bill to nobody; two people put them right.

And what the demo's office did lately: one invoice put right, one waiting for its second person, old months closed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from avots.billing.actions.corrections import ask_credit_note, grant_credit_note
from avots.billing.actions.periods import ask_closing, close_month
from avots.billing.models import Invoice, Run
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.readings import actions as readings
from avots.readings.models import Reading
from avots.usage.models import Usage

MISREAD, DETAILS = "Rādījums bija nepareizs.", "Pircēja dati bija nepareizi."


def mend_some(run: Run, permille: int, *, now: datetime, clerk: By, lead: By) -> int:
    """Put right so many of a thousand invoices of an issued run; return how many."""
    random = Random(f"mending:{run.round}")
    issued = Invoice.objects.standing().filter(run=run).select_related("account").order_by("number")
    chosen = [invoice for invoice in issued if random.randrange(1_000) < permille]
    for invoice in chosen:
        misread = random.random() < 0.7 and _read_again(invoice, random, now, clerk)
        reason, text = ("reading", MISREAD) if misread else ("details", DETAILS)
        anew = misread or random.random() < 0.8
        ask_credit_note(invoice, reason=reason, text=text, bill_anew=anew, now=now, by=clerk)
        grant_credit_note(invoice, now=now, by=lead)
    return len(chosen)


def lately(present: datetime, staff: Mapping[str, int]) -> None:
    """Put one of the latest invoices right, ask for another, and close the books up to two months before."""
    clerk, accountant, lead = (By("staff", staff[role]) for role in ("clerk", "accountant", "lead"))
    now = present - timedelta(days=1)
    run = Run.objects.filter(state=Run.State.ISSUED).order_by("-round__first_day").first()
    if run is None:
        return
    rows = Invoice.objects.standing().filter(run=run).select_related("account", "run").order_by("-number")
    wrong = next((row for row in rows if _read_again(row, Random(4), now, clerk)), None)
    if wrong is not None:
        ask_credit_note(wrong, reason="reading", text=MISREAD, bill_anew=True, now=now, by=clerk)
        grant_credit_note(wrong, now=now + timedelta(hours=1), by=lead)
    waits = rows.exclude(account=wrong and wrong.account_id).first()
    if waits is not None:
        ask_credit_note(waits, reason="details", text=DETAILS, bill_anew=True, now=now, by=clerk)
    closed = Month.of(local_day(present)).plus(-2)
    ask_closing(closed, now=now, by=accountant)
    close_month(closed, now=now + timedelta(hours=1), by=lead)


def _read_again(invoice: Invoice, random: Random, now: datetime, clerk: By) -> bool:
    """Find that a meter showed less, or more, than was said; return whether there was one to look at."""
    actual = Usage.objects.filter(
        round=invoice.run.round_id,
        account=invoice.account,
        usage_point__building=invoice.building_id,
        usage_point__role="unit",
        method=Usage.Method.ACTUAL,
        litres__gt=500,
    )
    meters = actual.values_list("installation_id", flat=True)
    said = Reading.objects.filter(
        round=invoice.run.round_id, installation__in=meters, state=Reading.State.ACCEPTED, kind=Reading.Kind.REGULAR
    )
    reading = said.order_by("pk").first()
    if reading is None:
        return False
    litres = max(0, reading.litres + random.choice([-400, -100, 250]))
    row = readings.ask_correction(reading, litres=litres, why="Pārskatījos.", now=now, by=clerk)
    readings.decide_correction(row, litres=litres, now=now, by=clerk)
    return True
