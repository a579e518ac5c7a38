"""A second implementation and another bookkeeper agree with us to the cent.

``tests.independent`` recomputes every invoice from the tables alone; hledger adds up the exported
ledger. A town is played in ``make test``, a thousand random ones in ``make drill``.
"""

import csv
import io
import os
import shutil
import subprocess
from collections import defaultdict
from random import Random

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F

from avots.billing.models import Invoice
from avots.billing.replay import places_of, replay
from avots.config.jobs import problems as invariants
from avots.core.dates import at_local, local_day
from avots.demo.play import Scale, play
from avots.ledger.models import LedgerAccount
from avots.ledger.queries import total_of
from avots.meters.models import Building
from avots.readings.models import Reading
from avots.usage.models import BookedCorrection, Usage
from tests.independent.invoices import differences
from tests.town import NOW

PRESENT = at_local(local_day(NOW).replace(day=27), 14)
TOWNS = int(os.environ.get("AVOTS_TOWNS", "1000"))


def recompute() -> tuple[int, list[str]]:
    results = [differences(pk) for pk in Building.objects.values_list("pk", flat=True)]
    return sum(count for count, _ in results), [problem for _, found in results for problem in found]


def play_town(seed: int, flats: int, months: int, mended: int = 0) -> None:
    scale = Scale(flats=flats, months=months, seed=seed, mended_permille=mended)
    play(scale, present=PRESENT, say=lambda what: None)


def replayed() -> tuple[int, list[str]]:
    results = [replay(place) for place in places_of()]
    return sum(one.invoices for one in results), [problem for one in results for problem in one.problems]


def hledger_says() -> dict[str, int]:
    """Return the balance of every account in cents, as hledger adds up the exported journal."""
    journal = io.StringIO()
    call_command("export_ledger", stdout=journal)
    command = ["hledger", "-f", "-", "balance", "--flat", "--no-total", "--output-format", "csv"]
    done = subprocess.run(command, input=journal.getvalue(), capture_output=True, text=True, check=True)
    sums: dict[str, int] = defaultdict(int)
    for row in csv.DictReader(io.StringIO(done.stdout)):
        euros = row["balance"].removesuffix(" EUR").replace(",", "")
        sign, plain = (-1, euros[1:]) if euros.startswith("-") else (1, euros)
        whole, _, part = plain.partition(".")
        sums[row["account"]] = sign * (int(whole) * 100 + int(part.ljust(2, "0") or 0))
    return sums


def test_every_invoice_of_a_town_is_recomputed_and_the_books_add_up(db):
    play_town(7, 48, 6)
    count, problems = recompute()
    assert not problems[:5]
    assert count == Invoice.objects.filter(state="issued").count() > 250
    methods = set(Usage.objects.values_list("method", flat=True))
    assert {"actual", "estimate", "noncompliant"} <= methods
    assert Usage.objects.values("round", "installation").annotate(n=Count("account", distinct=True)).filter(n__gt=1)

    if shutil.which("hledger") is None:
        pytest.skip("no hledger on this machine: the invoices agree, the books were not added up by another program")
    told = hledger_says()
    ours = {code: total_of(code) for code in LedgerAccount.objects.values_list("code", flat=True)}
    assert told == {code: cents for code, cents in ours.items() if cents}
    assert sum(ours.values()) == 0

    read = Reading.objects.filter(state="accepted", source="link", round__run__state="issued").order_by("pk").last()
    Reading.objects.filter(pk=read.pk).update(litres=F("litres") + 1_000)
    assert recompute()[1], "a reading changed behind the invoice must be seen"


def test_what_is_taken_back_and_billed_anew_is_recomputed_month_after_month(db):
    """One invoice in twelve is mended; litres, cents and books agree in all months that follow."""
    play_town(11, 40, 6, mended=80)
    credits = Invoice.objects.filter(kind="credit")
    assert credits.count() > 10
    assert BookedCorrection.objects.count() > 5
    assert BookedCorrection.objects.filter(round__first_day__lt=credits.latest("pk").first_day).exists()
    count, problems = recompute()
    assert not problems[:5]
    assert count == Invoice.objects.standing().count()
    again, problems = replayed()
    assert not problems[:5]
    assert again == Invoice.objects.of_runs().issued().count()
    assert not list(invariants())


@pytest.mark.drill
@pytest.mark.parametrize("batch", range(20))
def test_every_invoice_of_a_thousand_random_towns_is_recomputed(db, batch):
    for seed in range(batch * TOWNS // 20, (batch + 1) * TOWNS // 20):
        with transaction.atomic():
            play_town(10_000 + seed, 1, Random(seed).randint(3, 6), mended=100)
            count, problems = recompute()
            problems += replayed()[1]
            assert not problems[:5], f"seed {seed}"
            assert count
            transaction.set_rollback(True)
