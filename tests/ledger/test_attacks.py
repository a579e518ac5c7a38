"""Whoever can write SQL still cannot cook the books: attacks on the ledger and on issued invoices.

Each attack is aimed at rows that stand, and is rejected by the database itself, on both databases.
"""

from datetime import date

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from avots.billing.models import Invoice, InvoiceLine
from avots.core import frozen
from avots.core.errors import KeyReused
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.ledger.models import LedgerAccount, Posting
from avots.readings.models import Reading, Round
from avots.usage.actions import compute_building
from avots.usage.models import BookedCorrection, BuildingMonth, DifferenceShare, Usage
from tests.billing.test_corrections import correct, put_right
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, MONTH, build

INSERT = "INSERT INTO ledger_posting (key, debit_id, credit_id, cents, booked_on, posted_at, document) "
ROW = "SELECT '{key}', {debit}, {credit}, {cents}, booked_on, posted_at, document FROM ledger_posting WHERE id = {id}"
LINE = "INSERT INTO billing_invoiceline (invoice_id, position, service, part, quantity, price_100k, net_cents) "
LINE_OF = "VALUES ({invoice}, 90, 'water', 'own', 1000, 89000, 89)"
COLUMNS = "id, key, debit_id, credit_id, cents, booked_on, posted_at, document"
CHANGED = "id, key, debit_id, credit_id, cents + 1, booked_on, posted_at, document"

ATTACKS = {
    "an amount of nothing": INSERT
    + ROW.format(key="x", debit="debit_id", credit="credit_id", cents=0, id="{posting}"),
    "a negative amount": INSERT + ROW.format(key="x", debit="debit_id", credit="credit_id", cents=-5, id="{posting}"),
    "one side": INSERT + ROW.format(key="x", debit="debit_id", credit="debit_id", cents=5, id="{posting}"),
    "no side": INSERT + ROW.format(key="x", debit="NULL", credit="credit_id", cents=5, id="{posting}"),
    "a key again": INSERT + ROW.format(key="{key}", debit="debit_id", credit="credit_id", cents=5, id="{posting}"),
    "another amount": "UPDATE ledger_posting SET cents = cents + 1 WHERE id = {posting}",
    "another side": "UPDATE ledger_posting SET debit_id = {other} WHERE id = {posting}",
    "a balanced rewrite": "UPDATE ledger_posting SET debit_id = credit_id, credit_id = debit_id",
    "another day": "UPDATE ledger_posting SET booked_on = '2020-01-01' WHERE id = {posting}",
    "a deletion": "DELETE FROM ledger_posting WHERE id = {posting}",
    "a debt moved with its side": "UPDATE ledger_ledgeraccount SET customer_id = NULL WHERE id = {debit}",
    "a side renamed": "UPDATE ledger_ledgeraccount SET code = 'x' WHERE id = {debit}",
    "a side deleted": "DELETE FROM ledger_ledgeraccount WHERE id = {debit}",
    "an invoice changed": "UPDATE billing_invoice SET net_cents = 1, total_cents = vat_cents + 1",
    "an invoice made a draft": "UPDATE billing_invoice SET state = 'draft', number = NULL WHERE id = {invoice}",
    "what an invoice shows": "UPDATE billing_invoice SET content = '{{}}' WHERE id = {invoice}",
    "an invoice deleted": "DELETE FROM billing_invoice WHERE id = {invoice}",
    "a line added": LINE + LINE_OF,
    "a line changed": "UPDATE billing_invoiceline SET net_cents = net_cents + 1 WHERE invoice_id = {invoice}",
    "a line moved into it": "UPDATE billing_invoiceline SET invoice_id = {invoice}, position = 91 WHERE id = {line}",
    "a line moved out of it": "UPDATE billing_invoiceline SET invoice_id = {draft}, position = position + 90 "
    "WHERE invoice_id = {invoice}",
    "a line deleted": "DELETE FROM billing_invoiceline WHERE invoice_id = {invoice}",
    "a month opened again": "UPDATE usage_buildingmonth SET final = FALSE",
    "another difference": "UPDATE usage_buildingmonth SET intake_litres = intake_litres + 5, "
    "difference_litres = difference_litres + 5, carried_out_litres = carried_out_litres + 5 WHERE id = {month}",
    "a month deleted": "DELETE FROM usage_buildingmonth WHERE id = {month}",
    "other litres": "UPDATE usage_usage SET litres = litres - 1, to_litres = to_litres - 1 WHERE id = {tile}",
    "another way of knowing": "UPDATE usage_usage SET method = 'estimate', basis = '{{}}' WHERE id = {tile}",
    "litres with their payer": "UPDATE usage_usage SET account_id = NULL, litres = 0 "
    "WHERE building_month_id = {month}",
    "a tile for another": "UPDATE usage_usage SET id = id + 1000000 WHERE id = {tile}",
    "a tile taken out of its month": "UPDATE usage_usage SET building_month_id = NULL WHERE id = {tile}",
    "a tile moved to an open month": "UPDATE usage_usage SET building_month_id = {open}, round_id = {open_round} "
    "WHERE id = {tile}",
    "a tile moved into the month": "UPDATE usage_usage SET building_month_id = {month} WHERE id = {open_tile}",
    "a tile deleted": "DELETE FROM usage_usage WHERE id = {tile}",
    "the tiles deleted": "DELETE FROM usage_usage",
    "another share": "UPDATE usage_differenceshare SET litres = litres + 1 WHERE id = {share}",
    "a share with its payer": "UPDATE usage_differenceshare SET litres = 0, account_id = NULL WHERE id = {share}",
    "another stage": "UPDATE usage_differenceshare SET stage = 1 WHERE id = {share}",
    "a share moved to an open month": "UPDATE usage_differenceshare SET building_month_id = {open} "
    "WHERE id = {share}",
    "a share deleted": "DELETE FROM usage_differenceshare WHERE building_month_id = {month}",
    "another correction": "UPDATE usage_bookedcorrection SET litres = 0",
    "a correction deleted": "DELETE FROM usage_bookedcorrection",
}
OF_ONE = {
    "sqlite": {
        "a posting replaced": f"REPLACE INTO ledger_posting ({COLUMNS}) SELECT {CHANGED} FROM ledger_posting",
        "an update or replace": "UPDATE OR REPLACE ledger_posting SET cents = 1",
        "a line replaced": "REPLACE INTO billing_invoiceline SELECT * FROM billing_invoiceline "
        "WHERE invoice_id = {invoice}",
        "a tile replaced": "REPLACE INTO usage_usage SELECT * FROM usage_usage WHERE id = {tile}",
        "a tile replaced by its key": "UPDATE OR REPLACE usage_usage SET id = {tile} WHERE id = {open_tile}",
        "a share replaced": "REPLACE INTO usage_differenceshare SELECT * FROM usage_differenceshare "
        "WHERE id = {share}",
    },
    "postgresql": {
        "the postings emptied": "TRUNCATE ledger_posting",
        "the sides emptied": "TRUNCATE ledger_ledgeraccount CASCADE",
        "the customers emptied": "TRUNCATE customers_party CASCADE",
        "the invoices emptied": "TRUNCATE billing_invoice CASCADE",
        "the lines emptied": "TRUNCATE billing_invoiceline",
        "the shares emptied": "TRUNCATE usage_differenceshare",
        "the tiles emptied": "TRUNCATE usage_usage CASCADE",
        "the months emptied": "TRUNCATE usage_buildingmonth CASCADE",
        "the corrections emptied": "TRUNCATE usage_bookedcorrection",
        "a tile in place of another": "INSERT INTO usage_usage SELECT * FROM usage_usage WHERE id = {tile} "
        "ON CONFLICT (id) DO UPDATE SET litres = 0",
        "an upsert": f"INSERT INTO ledger_posting ({COLUMNS}) SELECT {COLUMNS} FROM ledger_posting "
        "ON CONFLICT (key) DO UPDATE SET cents = 1",
        "a merge": "MERGE INTO ledger_posting p USING (SELECT 1) s ON p.id = {posting} WHEN MATCHED THEN DELETE",
        "a writing query": "WITH gone AS (DELETE FROM ledger_posting RETURNING id) SELECT count(*) FROM gone",
    },
}


@pytest.fixture
def books(town):
    return books_of(town)


@pytest.fixture
def books_of_its_own(own_database):
    """The same in a database of its own, where tables can be changed."""
    return books_of(build())


def books_of(town):
    """An issued month, one draft beside it, and the rows the attacks aim at."""
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    kept = Invoice.objects.get(account=town.accounts["6"])
    Invoice.objects.filter(pk=kept.pk).update(state="parked", reason="far_above_usual")
    issue(place)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    put_right(town, "1", -1_000)
    correct(Invoice.objects.get(number="VU26-000001"), reason="reading")
    posting = Posting.objects.select_related("debit", "credit").filter(document="VU26-000001").earliest("pk")
    return of_an_open_month(town) | {
        "posting": posting.pk,
        "key": posting.key,
        "debit": posting.debit_id,
        "other": LedgerAccount.objects.exclude(pk__in=[posting.debit_id, posting.credit_id]).latest("pk").pk,
        "invoice": Invoice.objects.get(number="VU26-000001").pk,
        "draft": kept.pk,
        "line": InvoiceLine.objects.filter(invoice=kept).earliest("pk").pk,
    }


def of_an_open_month(town):
    """December computed beside November, which is final."""
    month = BuildingMonth.objects.get(round=town.round)
    december = Round.objects.get(first_day=MONTH.next.first_day)
    Reading.objects.create(
        installation=town.intake,
        round=december,
        litres=town.previous(town.intake) + 130_000,
        read_on=december.cut_on,
        received_at=AFTER,
        source="staff",
        source_key="december",
        state="accepted",
        by="test",
    )
    opened = compute_building(december, town.building, now=AFTER)
    return {
        "month": month.pk,
        "tile": month.usage_set.earliest("pk").pk,
        "share": month.differenceshare_set.earliest("pk").pk,
        "open": opened.pk,
        "open_round": december.pk,
        "open_tile": opened.usage_set.earliest("pk").pk,
    }


def standing() -> list[object]:
    """Return all that an attack must leave as it is."""
    usage = (BuildingMonth, Usage, DifferenceShare, BookedCorrection)
    models_ = (LedgerAccount, Posting, Invoice, InvoiceLine, *usage)
    return [list(model.objects.order_by("pk").values_list()) for model in models_]


def assert_rejected(attack: str) -> None:
    before = standing()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert standing() == before


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_books_is_rejected(books, attack):
    assert_rejected(ATTACKS[attack].format(**books))


@pytest.mark.parametrize(("vendor", "attack"), [(vendor, name) for vendor in OF_ONE for name in OF_ONE[vendor]])
def test_an_attack_of_one_databases_own_is_rejected(books, vendor, attack):
    if vendor != connection.vendor:
        pytest.skip(f"{connection.vendor} has no such statement")
    if attack == "a merge" and connection.pg_version < 150000:
        pytest.skip("MERGE came with PostgreSQL 15")
    assert_rejected(OF_ONE[vendor][attack].format(**books))


def _upsert(pk: int) -> None:
    row = Posting.objects.get(pk=pk)
    row.cents += 1
    Posting.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=["cents"])


def _bulk_update(pk: int) -> None:
    row = Posting.objects.get(pk=pk)
    row.cents += 1
    Posting.objects.bulk_update([row], ["cents"])


WAYS = {
    "update": lambda pk: Posting.objects.filter(pk=pk).update(cents=1),
    "bulk_update": _bulk_update,
    "bulk_create over what stands": _upsert,
    "save": lambda pk: Posting(**{**Posting.objects.filter(pk=pk).values()[0], "cents": 1}).save(),
    "delete": lambda pk: Posting.objects.filter(pk=pk).delete(),
    "raw delete": lambda pk: Posting.objects.filter(pk=pk)._raw_delete("default"),
    "a line by bulk_create": lambda pk: InvoiceLine.objects.bulk_create(
        [
            InvoiceLine(
                invoice=Invoice.objects.filter(state="issued").earliest("pk"),
                position=90,
                service="water",
                part="own",
                quantity=1,
                price_100k=1,
                net_cents=0,
            )
        ]
    ),
    "an invoice with its lines": lambda pk: Invoice.objects.filter(state="issued").delete(),
    "lines by update": lambda pk: InvoiceLine.objects.update(net_cents=0),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_orm_has_no_way_around(books, way):
    before = standing()
    with pytest.raises((DatabaseError, models.ProtectedError)), transaction.atomic():
        WAYS[way](books["posting"])
    assert standing() == before


def test_a_draft_can_still_be_computed_again(books):
    """What is not issued is not frozen: the triggers look at each row's own invoice."""
    draft = InvoiceLine.objects.filter(invoice=books["draft"])
    assert draft.update(quantity=models.F("quantity") + 1)
    assert Invoice.objects.filter(pk=books["draft"]).delete()[0] > 1


def test_an_open_month_can_still_be_computed_again(books):
    """What is not issued is not frozen: its tiles go with it, and others may answer for them."""
    opened = BuildingMonth.objects.get(pk=books["open"])
    assert Usage.objects.filter(building_month=opened).update(misses=models.F("misses") + 1)
    assert DifferenceShare.objects.filter(building_month=opened).update(litres=models.F("litres") + 1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    again = compute_building(opened.round, opened.building, now=AFTER)
    assert again.usage_set.count() > 6
    assert not Usage.objects.filter(building_month=opened.pk).exists()


def test_another_may_answer_for_issued_litres_and_nothing_else_changes(books):
    """Who was billed by mistake is put right by credit note; litres and stages stay (ADR 6)."""
    other = CustomerAccount.objects.get(number="1000003")
    for model in (Usage, DifferenceShare):
        before = list(model.objects.order_by("pk").values())
        assert model.objects.filter(building_month=books["month"]).update(account=other)
        for row in before:
            row["account_id"] = other.pk if row["building_month_id"] == books["month"] else row["account_id"]
        assert list(model.objects.order_by("pk").values()) == before


def test_a_key_stands_for_one_amount_between_two_sides(books):
    """The same entry again is nothing; another under its key is a bug, and nothing is written."""
    row = Posting.objects.select_related("debit", "credit").get(pk=books["posting"])
    entry = ledger.Entry(row.key, row.debit.code, row.credit.code, row.cents, row.booked_on, row.document)
    assert ledger.post([entry], now=AFTER) == 0
    for other in (
        ledger.Entry(row.key, row.debit.code, row.credit.code, row.cents + 1, row.booked_on, row.document),
        ledger.Entry(row.key, row.credit.code, row.debit.code, row.cents, row.booked_on, row.document),
        ledger.Entry(row.key, "bank", row.credit.code, row.cents, row.booked_on, row.document),
    ):
        before = list(Posting.objects.order_by("pk").values_list())
        with pytest.raises(KeyReused), transaction.atomic():
            ledger.post([ledger.Entry("new", "bank", "vat", 5, date(2026, 12, 1), "x"), other], now=AFTER)
        assert list(Posting.objects.order_by("pk").values_list()) == before


def _rebuild(model: type[models.Model], name: str) -> None:
    """Change a column as a migration would; on SQLite Django then makes the table anew."""
    field = model._meta.get_field(name)
    wider = models.CharField(max_length=field.max_length + 10)
    wider.set_attributes_from_name(name)
    frozen.lift([*settings.FROZEN_PARTS, *settings.FROZEN_MONTHS])
    with connection.schema_editor() as editor:
        editor.alter_field(model, field, wider)


@pytest.mark.parametrize(
    ("model", "column", "attack"),
    [
        (Posting, "document", "a deletion"),
        (LedgerAccount, "code", "a side renamed"),
        (Invoice, "reason", "what an invoice shows"),
        (InvoiceLine, "service", "a line added"),
        (Usage, "method", "other litres"),
        (BookedCorrection, "booked_by", "another correction"),
    ],
)
def test_a_rebuilt_table_is_frozen_again_by_the_migrate_that_rebuilt_it(books_of_its_own, model, column, attack):
    _rebuild(model, column)
    if connection.vendor == "sqlite":  # the danger is real: without the list the attack gets through
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ATTACKS[attack].format(**books_of_its_own))
            transaction.set_rollback(True)
    call_command("migrate", verbosity=0)
    assert_rejected(ATTACKS[attack].format(**books_of_its_own))
