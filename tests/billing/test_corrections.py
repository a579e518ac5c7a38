"""An issued invoice is put right by a credit note and billed anew; nothing that was issued changes."""

from datetime import UTC, date, datetime

import pytest
from django.db.models import F
from lxml import etree

from avots.billing import checks, pdf, ubl
from avots.billing.actions.corrections import ask_credit_note, decline_credit_note, grant_credit_note
from avots.billing.actions.deliveries import follow_emails
from avots.billing.models import Delivery, Invoice, Run
from avots.billing.overview import overview_of
from avots.billing.queries.deliveries import paper_of, to_print, whereabouts
from avots.config.jobs import problems
from avots.core import clock
from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.ledger import queries as ledger
from avots.ledger.models import Posting
from avots.meters.models import MeterInstallation
from avots.outbox.models import Message
from avots.payments.actions import record_payment
from avots.payments.queries import history, latest_of, paid_of
from avots.readings.models import Reading
from avots.tariffs.models import Tariff
from avots.usage.models import BuildingMonth, Usage
from tests.billing.test_month import ILZE, LAIMA, compute, issue, next_month, read_intake, report
from tests.billing.test_pdf import text_of
from tests.billing.test_ubl import ARTEFACTS, values
from tests.town import AFTER, MONTH, Town, build


def invoice_of(town: Town, flat: str) -> Invoice:
    return Invoice.objects.get(account=town.accounts[flat], corrects=None)


def correct(invoice: Invoice, *, reason: str = "other", bill_anew: bool = True, account: str = ""):
    ask_credit_note(
        invoice, reason=reason, text="Kļūda datos.", bill_anew=bill_anew, account=account, now=AFTER, by=ILZE
    )
    return grant_credit_note(invoice, now=AFTER, by=LAIMA)


def put_right(town: Town, flat: str, litres: int) -> None:
    """The cold reading of the month showed so many litres more (or fewer) than was said."""
    wrong = Reading.objects.get(round=town.round, installation=town.cold[flat])
    Reading.objects.filter(pk=wrong.pk).update(litres=wrong.litres + litres)


def test_a_credit_note_takes_the_invoice_back_whole(issued):
    anna, before = issued.accounts["1"], invoice_of(issued, "1")
    done = correct(before, bill_anew=False)
    assert done.anew is None
    assert done.credit.number == "VUK26-000001"
    assert (done.credit.net_cents, done.credit.vat_cents, done.credit.total_cents) == (-1324, -278, -1602)
    assert ledger.balance_of(anna) == 0
    keys = Posting.objects.filter(document="VUK26-000001").values_list("key", flat=True)
    assert sorted(keys)[0] == "credit:VUK26-000001:1:water"
    assert len(keys) == Posting.objects.filter(document=before.number).count()
    before.refresh_from_db()
    assert (before.state, before.total_cents) == ("issued", 1602)
    assert list(problems()) == []


def test_what_is_due_is_billed_anew_at_the_prices_known_now(issued):
    before = invoice_of(issued, "1")
    Tariff.objects.create(
        service="water",
        price_100k=100_000,
        valid_from=date(2026, 11, 1),
        decision="SPRK 200",
    )
    anew = correct(before, reason="tariff").anew
    # 4,200 m3 own and 0,800 m3 share at 1.00 and 1.51; paper 1.24: 4.20 + 6.34 + 0.80 + 1.21 + 1.24
    assert (anew.net_cents, anew.vat_cents, anew.total_cents) == (1379, 290, 1669)
    assert anew.number == "VU26-000007"
    assert anew.content["corrects"]["number"] == before.number
    assert ledger.balance_of(issued.accounts["1"]) == 1669
    assert list(problems()) == []


def test_an_earlier_value_put_right_changes_the_own_litres_and_the_next_months_difference(issued):
    put_right(issued, "1", -1_500)
    anew = correct(invoice_of(issued, "1"), reason="reading").anew
    month = BuildingMonth.objects.get(round=issued.round)
    assert (month.units_litres, month.shared_litres) == (25_200, 4_800)
    assert [row["litres"] for row in anew.content["meters"]] == [1_000, 1_700]
    assert anew.content["building"]["share_litres"] == 800

    december = next_month(issued, intake=30_000)
    after = BuildingMonth.objects.get(round=december)
    # the meters saw 25,200 m3 again; 1,500 m3 of them were given back to flat 1 and are shared now
    assert (after.units_litres, after.difference_litres) == (25_200 - 1_500, 6_300)
    assert sum(part["litres"] for part in after.anatomy) == 6_300
    assert {part["cause"]: part["litres"] for part in after.anatomy}["corrections"] == 1_500
    tile = Usage.objects.get(round=december, installation=issued.cold["1"])
    assert (tile.from_litres, tile.litres) == (anew.content["meters"][0]["to_litres"], 2_500)
    assert list(problems()) == []


def near_its_end(town: Town) -> None:
    """Anna's cold meter has been shown, and was billed, up to a cubic metre before it begins again."""
    cold, more = town.cold["1"], 99_999_000 - 108_307
    Usage.objects.filter(installation=cold).update(
        from_litres=F("from_litres") + more, to_litres=F("to_litres") + more
    )
    Reading.objects.filter(installation=cold).update(litres=F("litres") + more)
    MeterInstallation.objects.filter(pk=cold.pk).update(start_litres=F("start_litres") + more)


@pytest.mark.parametrize("booked", [True, False])
@pytest.mark.parametrize(
    ("said", "billed", "shown", "used"), [(99_999_900, 900, 1_000, 2_000), (1_000, 2_000, 99_999_900, 900)]
)
def test_a_wrong_value_about_a_face_that_begins_again_is_put_right_to_the_litre(
    db, booked, said, billed, shown, used
):
    """Whether the face was wrongly billed as begun again or wrongly not: by a correction, or by the next reading."""
    town = build(near_its_end)
    cold = town.cold["1"]
    report(town, "1", "2", "3", "4", "5", "6")
    Reading.objects.filter(round=town.round, installation=cold).update(litres=said)
    read_intake(town)
    issue(compute(town))
    assert Usage.objects.get(round=town.round, installation=cold).litres == billed
    put_right(town, "1", shown - said)
    if booked:
        anew = correct(invoice_of(town, "1"), reason="reading").anew
        row = anew.content["meters"][0]
        assert (row["litres"], row["to_litres"], row["rolled_over"]) == (used, shown, shown < row["from_litres"])
    more = {} if booked else {cold.pk: (shown - said) % 100_000_000}
    december = next_month(town, intake=30_000, more=more)
    tile = Usage.objects.get(round=december, installation=cold)
    assert tile.litres == 2_500 + (0 if booked else used - billed)
    assert list(problems()) == []


def test_litres_that_a_later_month_has_settled_are_not_put_right_twice(issued):
    next_month(issued, intake=30_000)
    put_right(issued, "1", -1_500)
    anew = correct(invoice_of_month(issued, "1"), reason="reading").anew
    assert [row["litres"] for row in anew.content["meters"]] == [2_500, 1_700]


def invoice_of_month(town: Town, flat: str) -> Invoice:
    return Invoice.objects.of_runs().get(account=town.accounts[flat], first_day=MONTH.first_day)


def test_the_right_payer_is_billed_and_the_wrong_one_owes_nothing(issued):
    before = invoice_of(issued, "1")
    done = correct(before, reason="account", account="1000003")
    assert (done.credit.account_id, done.anew.account_id) == (before.account_id, issued.accounts["3"].pk)
    assert ledger.balance_of(issued.accounts["1"]) == 0
    assert done.anew.content["buyer"]["name"] == "Ģirts Kļaviņš"
    assert len(done.anew.content["history"]) == 1
    tiles = Usage.objects.filter(round=issued.round, premise=issued.flats["1"])
    assert set(tiles.values_list("account", flat=True)) == {issued.accounts["3"].pk}
    assert list(problems()) == []


def test_what_was_paid_for_a_credited_invoice_pays_what_comes_next(issued):
    anna = issued.accounts["1"]
    pay = {"received_on": date(2026, 12, 20), "channel": "bank", "reference": "", "now": AFTER, "by": ILZE}
    record_payment(key="p", account=anna, cents=1602, **pay)
    before = invoice_of(issued, "1")
    done = correct(before)
    rows = {row.invoice.number: row for row in history(anna)}
    assert rows[done.anew.number].paid_on == date(2026, 12, 20)
    assert rows[before.number].credited_by == done.credit
    assert [rows[number].open_cents for number in (before.number, done.credit.number)] == [0, 0]


def test_a_second_person_approves_and_only_once(issued):
    invoice = invoice_of(issued, "1")
    with pytest.raises(Refused, match="nobody_asked"):
        grant_credit_note(invoice, now=AFTER, by=LAIMA)
    ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=True, now=AFTER, by=ILZE)
    ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=True, now=AFTER, by=ILZE)
    assert Approval.objects.filter(kind="credit_note").count() == 1
    with pytest.raises(Refused, match="needs_second_person"):
        grant_credit_note(invoice, now=AFTER, by=ILZE)
    grant_credit_note(invoice, now=AFTER, by=LAIMA)
    with pytest.raises(Refused, match="already_decided"):
        grant_credit_note(invoice, now=AFTER, by=LAIMA)
    with pytest.raises(Refused, match="already_credited"):
        ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=True, now=AFTER, by=ILZE)
    assert Invoice.objects.filter(corrects=invoice).count() == 2


def test_a_declined_correction_leaves_the_invoice_and_may_be_asked_again(issued):
    invoice = invoice_of(issued, "1")
    ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=False, now=AFTER, by=ILZE)
    decline_credit_note(invoice, now=AFTER, by=LAIMA)
    assert Invoice.objects.standing().filter(pk=invoice.pk).exists()
    correct(invoice, bill_anew=False)
    assert not Invoice.objects.standing().filter(pk=invoice.pk).exists()


def test_a_credit_note_cannot_be_corrected_but_what_was_billed_anew_can(issued):
    first = correct(invoice_of(issued, "1"))
    with pytest.raises(Refused, match="not_an_issued_invoice"):
        ask_credit_note(first.credit, reason="other", text="Kļūda.", bill_anew=True, now=AFTER, by=ILZE)
    second = correct(first.anew)
    assert [second.credit.number, second.anew.number] == ["VUK26-000002", "VU26-000008"]
    assert ledger.balance_of(issued.accounts["1"]) == 1602
    assert list(problems()) == []


def test_both_documents_go_to_the_customer(issued):
    anna = issued.accounts["1"]
    type(anna).objects.filter(pk=anna.pk).update(delivery="email", invoice_email="anna@example.lv")
    done = correct(invoice_of(issued, "1"))
    follow_emails(now=AFTER, by=ILZE)
    letters = Message.objects.filter(key__startswith="invoice:").order_by("pk")
    assert [letter.template for letter in letters] == ["credit_note", "invoice"]
    assert "Tā vietā ir rēķins VU26-000007" in letters[0].text
    assert Delivery.objects.filter(invoice__in=[done.credit, done.anew], mode="email").count() == 2
    said = text_of(pdf.render(done.credit))
    for words in ("Kredītrēķins par 2026. gada novembri", "VUK26-000001", "VU26-000001", "−16,02", "Kļūda datos."):
        assert words in said
    assert "rēķina VU26-000001 vietā" in text_of(pdf.render(done.anew))


def test_what_bills_a_month_twice_or_takes_back_something_else_is_found(issued):
    before = invoice_of(issued, "1")
    copy = {"run": before.run, "building": before.building, "account": before.account, "state": "issued"}
    copy |= {"first_day": before.first_day, "issued_on": before.issued_on, "due_on": before.due_on}
    copy |= {"vat_rate_per_10000": 2_100, "corrects": before}
    Invoice.objects.create(number="X-1", net_cents=1, vat_cents=0, total_cents=1, **copy)
    assert checks.what_is_billed_anew_was_taken_back() == ["invoice X-1 bills a month twice"]
    Invoice.objects.create(kind="credit", number="X-2", net_cents=-1, vat_cents=0, total_cents=-1, **copy)
    assert checks.credit_notes_take_back_all() == ["credit note X-2 is not its invoice"]


def test_a_run_counts_what_it_issued_and_not_what_was_corrected_later(issued):
    before = invoice_of(issued, "1")
    was, asked = overview_of(before.run).summary, paid_of(before.run)
    correct(before)
    assert overview_of(before.run).summary == was
    assert paid_of(before.run) == asked


def test_the_structured_credit_note_names_its_invoice_and_is_valid_by_the_schema(issued):
    done = correct(invoice_of(issued, "1"))
    document = etree.fromstring(ubl.xml_of(done.credit).encode())
    assert values(document, "cbc:CreditNoteTypeCode") == ["381"]
    assert values(document, ".//cac:InvoiceDocumentReference/cbc:ID") == ["VU26-000001"]
    assert values(document, ".//cbc:PayableAmount") == ["16.02"]
    anew = etree.fromstring(ubl.xml_of(done.anew).encode())
    assert values(anew, ".//cac:InvoiceDocumentReference/cbc:ID") == ["VU26-000001"]
    if not (ARTEFACTS / "ubl21").is_dir():
        pytest.skip("no UBL schemas: set AVOTS_SAMPLES")
    for name, made in (("CreditNote", document), ("Invoice", anew)):
        etree.XMLSchema(etree.parse(ARTEFACTS / "ubl21" / "maindoc" / f"UBL-{name}-2.1.xsd")).assertValid(made)


def test_two_people_at_once_make_one_correction(own_database, at_once):
    town = build()
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    invoice = invoice_of(town, "1")
    ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=True, now=AFTER, by=ILZE)

    def grant(person: int) -> str:
        try:
            return grant_credit_note(invoice, now=AFTER, by=By("staff", person)).credit.number
        except Refused as refused:
            return refused.code

    answers = at_once(lambda at: grant(10 + at), 6)
    assert sorted(answers) == sorted(["VUK26-000001"] + ["already_decided"] * 5)
    assert Invoice.objects.filter(corrects=invoice).count() == 2
    assert list(problems()) == []


def test_staff_asks_and_a_second_person_approves_on_the_invoice_page(issued, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    page = "/birojs/klienti/1000001/rekini/VU26-000001/"
    ilze, laima = sign_in(issued.people["ilze"]), sign_in(issued.people["laima"])
    asked = ilze.post(page + "atcelt/", {"reason": "other", "text": "Kļūda datos.", "anew": "1"}, follow=True)
    assert "Lūgts atcelt šo rēķinu" in asked.text
    assert "Kļūda datos." in laima.get("/birojs/labojumi/").text
    done = laima.post(page + "lemt/", {"decision": "grant"}, follow=True)
    assert "VUK26-000001" in done.text
    assert "Kļūda datos." in laima.get("/birojs/klienti/1000001/rekini/VUK26-000001/").text
    assert "VUK26-000001" in laima.get("/birojs/labojumi/").text
    anna = sign_in(issued.people["anna"])
    assert "atcelts" in anna.get("/rekini/").text
    taken_back = anna.get("/rekini/VU26-000001/").text
    assert "Šis rēķins ir atcelts." in taken_back
    assert "Kā samaksāt" not in taken_back, "nobody is told how to pay what was taken back"
    assert "Kā samaksāt" in anna.get("/rekini/VU26-000007/").text
    assert "Kāpēc rēķinu atcēlām" in anna.get("/rekini/VUK26-000001/").text
    assert "rēķina VU26-000001 vietā" in anna.get("/rekini/VU26-000007/").text
    assert "VU26-000007" in anna.get("/").text


def test_a_clerk_withdraws_what_the_clerk_asked_and_decides_nothing_else(issued, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    page = "/birojs/klienti/1000001/rekini/VU26-000001/"
    ilze, laima = sign_in(issued.people["ilze"]), sign_in(issued.people["laima"])
    wanted = {"reason": "other", "text": "Kļūda datos."}
    assert "Atsaukt lūgumu" in ilze.post(page + "atcelt/", wanted, follow=True).text
    assert ilze.post(page + "lemt/", {"decision": "grant"}).status_code == 403
    assert "Rēķins paliek spēkā." in ilze.post(page + "lemt/", {"decision": "decline"}, follow=True).text
    assert Approval.objects.get(kind="credit_note").state == "withdrawn"
    laima.post(page + "atcelt/", wanted)
    assert "Izlemj cits cilvēks." in ilze.get(page).text
    assert ilze.post(page + "lemt/", {"decision": "decline"}).status_code == 403
    assert Approval.objects.get(kind="credit_note", state="open").requested_by == f"staff:{issued.people['laima'].pk}"


def test_a_correction_stands_where_it_was_issued_in_lists_and_its_paper_with_the_months_paper(issued):
    """November put right after December was billed: the customer and whoever prints look at the top."""
    next_month(issued, intake=30_000)
    november, anna = invoice_of_month(issued, "1"), issued.accounts["1"]
    later = datetime(2027, 1, 20, 9, tzinfo=UTC)
    ask_credit_note(november, reason="other", text="Kļūda.", bill_anew=True, now=later, by=ILZE)
    done = grant_credit_note(november, now=later, by=LAIMA)
    december = Invoice.objects.of_runs().get(account=anna, first_day=MONTH.next.first_day)
    rows = history(anna)
    order = [done.anew.number, done.credit.number, december.number, november.number]
    assert [row.invoice.number for row in rows] == order, "as they were issued"
    assert latest_of(rows).invoice == december, "the month that is compared and paid last"
    runs = [Run.objects.get(round__first_day=month.first_day) for month in (MONTH, MONTH.next)]
    waiting = [{row.invoice.number for row in to_print(run, issued.building)} for run in runs]
    assert {done.credit.number, done.anew.number}.isdisjoint(waiting[0])
    assert {done.credit.number, done.anew.number, december.number} <= waiting[1]
    [paper] = paper_of(runs[1], whereabouts(runs[1]).walk)
    assert len(paper.waiting) == len(waiting[1]) == whereabouts(runs[1]).counts["paper_waiting"]


def test_the_lists_say_when_a_correction_was_issued(issued, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    done = correct(invoice_of(issued, "1"))
    day = f"izrakstīts {done.credit.issued_on:%d.%m.%Y.}"
    assert sign_in(issued.people["anna"]).get("/rekini/").text.count(day) == 2
    assert sign_in(issued.people["ilze"]).get("/birojs/klienti/1000001/").text.count(day) == 2
