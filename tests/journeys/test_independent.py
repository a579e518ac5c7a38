"""A second implementation and another bookkeeper agree with us to the cent.

``tests.independent`` recomputes every litre, line and invoice from the tables alone; hledger adds up the
exported ledger. Three random towns are played in ``make test``, a thousand in ``make drill``, with the demo
town and the town of real registers. A town that fails is named by its seed: ``AVOTS_TOWN_SEED=4711 pytest
tests/journeys/test_independent.py -k alone`` plays it again; ``AVOTS_TOWNS`` says how many the drill plays.
"""

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.db import connection, transaction

from avots.billing.models import Invoice, InvoiceLine
from avots.core.dates import at_local, local_day
from avots.demo.play import Scale, play
from avots.demo.samples.quarters import Quarters
from avots.demo.samples.town import Town, months_of
from avots.ledger.models import Posting
from avots.readings.models import Reading
from avots.usage.models import DifferenceShare, Usage
from tests.town import NOW
from tests.towns.life import Life
from tests.towns.proof import HLEDGER, Proof, prove, recomputed
from tests.towns.recipe import draw
from tests.towns.seen import ALL, missing, occurred

PRESENT = at_local(local_day(NOW).replace(day=27), 14)
TOWNS, BATCHES = int(os.environ.get("AVOTS_TOWNS", "1000")), 20
ALONE = os.environ.get("AVOTS_TOWN_SEED", "")
# In fewer towns than this something rare may not occur.
ENOUGH = 50
SAMPLES = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))


def prove_towns(seeds: Iterable[int], record: Callable[[str, object], None]) -> Counter[str]:
    """Play towns one after the other in one database, prove each, and return what occurred in them.

    All that fail are named together, each with its seed.
    """
    seen: Counter[str] = Counter()
    failed: list[str] = []
    started = time.process_time()
    for seed in seeds:
        try:
            with transaction.atomic():
                seen += prove_town(seed)
                transaction.set_rollback(True)
        except Exception as error:
            where = traceback.format_exc(limit=-3)
            failed.append(f"AVOTS_TOWN_SEED={seed}: {error if isinstance(error, AssertionError) else where}")
    record("towns", dict(seen) | {"cpu": time.process_time() - started})
    assert not failed, "\n".join(failed)
    return seen


def prove_town(seed: int) -> Counter[str]:
    Life(draw(seed)).play()
    proof = prove()
    assert not proof.problems[:5], f"{len(proof.problems)} differences"
    assert proof.invoices == Invoice.objects.standing().count() > 0
    return occurred() + Counter(towns=1, invoices=proof.invoices, lines=proof.lines)


def test_every_invoice_of_some_random_towns_is_recomputed(db, record_property):
    seen = prove_towns([105, 113, 128], record_property)
    assert seen["invoices"] > 100
    few = missing(seen, ALL)
    assert len(few) < len(ALL) // 3, few


@pytest.mark.skipif(not ALONE, reason="AVOTS_TOWN_SEED names no town to be played alone")
def test_a_town_alone(db, record_property):
    prove_towns([int(seed) for seed in ALONE.split(",") if seed], record_property)


@pytest.mark.drill
@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_invoice_of_a_thousand_random_towns_is_recomputed(db, record_property, batch):
    """All that can occur occurs in each batch, so that none is hollow."""
    seeds = range(batch * TOWNS // BATCHES, (batch + 1) * TOWNS // BATCHES)
    seen = prove_towns(seeds, record_property)
    if len(seeds) >= ENOUGH:
        assert not missing(seen, ALL)


def agree(proof: Proof) -> None:
    assert not proof.problems[:5]
    assert proof.invoices == Invoice.objects.standing().count()
    if HLEDGER is None:
        pytest.skip("no hledger on this machine: the invoices agree, the books were not added up by another program")


def test_every_invoice_of_a_demo_town_is_recomputed_and_the_books_add_up(db):
    play(Scale(flats=48, months=6, seed=7, letters=False), present=PRESENT, say=lambda what: None)
    assert Invoice.objects.standing().count() > 250
    agree(prove())


@pytest.mark.drill
def test_every_invoice_of_the_demo_town_is_recomputed_and_the_books_add_up(db):
    play(Scale(letters=False), present=PRESENT, say=lambda what: None)
    assert Invoice.objects.standing().count() > 5_000
    agree(prove())


@pytest.mark.drill
@pytest.mark.skipif(not (SAMPLES / "consumption").is_dir(), reason=f"no sample registers in {SAMPLES}")
@pytest.mark.parametrize("full_return", [False, True])
def test_every_invoice_of_the_real_registers_is_recomputed_and_the_books_add_up(db, full_return):
    town = Town(SAMPLES, say=lambda what: None)
    people = town.build()
    if full_return:
        town.settle_in_full()
    for month in months_of(town.first, town.last):
        town.play(month, people)
    assert Invoice.objects.standing().count() > 500
    agree(prove())


@pytest.mark.drill
@pytest.mark.skipif(not (SAMPLES / "consumption").is_dir(), reason=f"no sample registers in {SAMPLES}")
def test_every_litre_of_the_real_quarterly_registers_is_recomputed(db):
    run = Quarters(SAMPLES, say=lambda what: None)
    run.play(run.build())
    assert Usage.objects.count() > 700
    assert not recomputed().problems[:5]


def behind_the_back(table: str, change: str, pk: int) -> None:
    """Change a row as nobody can through the application: the database would refuse it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen_update")
        else:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])
        assert cursor.rowcount == 1


def test_a_litre_or_a_cent_changed_behind_our_back_is_found(db):
    Life(draw(105)).play()
    assert not prove().problems[:5]
    first = Invoice.objects.standing().order_by("pk")[0]
    shown = first.content | {"lines": [line | {"net_cents": 1} for line in first.content["lines"]]}
    text = json.dumps(shown).replace("'", "''").replace("%", "%%")
    changes = {
        "a line": ("billing_invoiceline", "net_cents = net_cents + 1", InvoiceLine, {"invoice": first}),
        "litres of a line": ("billing_invoiceline", "quantity = quantity + 1", InvoiceLine, {"invoice": first}),
        "a line as shown": (
            "billing_invoice",
            f"content = '{text}'",
            Invoice,
            {"pk": first.pk},
        ),
        "VAT": (
            "billing_invoice",
            "vat_cents = vat_cents + 1, total_cents = total_cents + 1",
            Invoice,
            {"pk": first.pk},
        ),
        "a tile": ("usage_usage", "litres = litres + 1", Usage, {"method": "actual"}),
        "a share": ("usage_differenceshare", "litres = litres + 1", DifferenceShare, {}),
        "a reading": (
            "readings_reading",
            "litres = litres + 1000",
            Reading,
            {"state": "accepted", "round__run__state": "issued", "installation__usage__method": "actual"},
        ),
        "a posting": ("ledger_posting", "cents = cents + 1", Posting, {}),
    }
    for what, (table, change, model, which) in changes.items():
        with transaction.atomic():
            row = model.objects.filter(**which).order_by("pk").first()
            behind_the_back(table, change, row.pk)
            assert prove().problems, what
            transaction.set_rollback(True)
    assert not prove().problems[:5]
