"""Each invoice reaches its customer: by e-mail with its PDF, or on paper in walking order."""

import io
import re
from datetime import date, timedelta
from email.header import decode_header, make_header

import pikepdf
import pypdfium2
import pytest
from django.db import transaction

from avots.billing import actions as billing
from avots.billing import documents, pdf
from avots.billing.actions.deliveries import follow_emails, mark_printed
from avots.billing.actions.documents import render_waiting
from avots.billing.actions.issuing import issue_drafts
from avots.billing.models import BuildingRun, Delivery, Document, Invoice, Run
from avots.billing.queries import is_document_waiting, is_email_followed
from avots.billing.queries.deliveries import paper_of, to_print, whereabouts
from avots.config.jobs import add_up_month
from avots.core import clock, files
from avots.core.audit import By
from avots.core.models import AuditEntry
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.meters.models import Building
from avots.office import deliveryfigures
from avots.office.views import delivery
from avots.outbox.jobs import deliver
from avots.outbox.models import Message
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from tests.billing.test_month import compute, issue, read_intake, report
from tests.billing.test_pdf import text_of
from tests.outbox.test_smtp import relay  # noqa: F401 - the fixture
from tests.town import AFTER, Town

ILZE, LAIMA = By("staff", 1), By("staff", 2)
# The town issues on the 3rd of December with the date of the 10th.
THEN = AFTER + timedelta(days=8)


def by_email(town: Town, flat: str, address: str) -> None:
    row = CustomerAccount.objects.filter(pk=town.accounts[flat].pk)
    row.update(delivery="email", invoice_email=address)
    town.accounts[flat].refresh_from_db()


@pytest.fixture
def issued(town, settings, tmp_path) -> Town:
    settings.FILES_DIR = tmp_path
    by_email(town, "1", "anna@example.lv")
    by_email(town, "2", "550@example.lv")
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    follow_emails(now=AFTER, by=ILZE)
    return town


def invoice_of(town: Town, flat: str) -> Invoice:
    return Invoice.objects.get(account=town.accounts[flat])


def next_month(town: Town, flat: str) -> Invoice:
    """December's invoice of a flat, where nobody but the utility read a meter."""
    round = Round.objects.get(first_day=date(2026, 12, 1))
    row = readings.UtilityRow(town.intake.pk, town.previous(town.intake) + 62_000, round.cut_on)
    then = round.complete_at + timedelta(hours=9)
    readings.record_utility_readings(
        round=round, rows=[row], source=Reading.Source.STAFF, key="december", by=ILZE, now=then
    )
    run = billing.open_run(round, now=then, by=ILZE)
    place = BuildingRun.objects.get(run=run)
    billing.compute(place, now=then)
    run.refresh_from_db()
    billing.ask_approval(run, issue_on=date(2027, 1, 11), now=then, by=ILZE)
    billing.approve(run, now=then, by=LAIMA)
    billing.issue(place, now=then)
    return Invoice.objects.get(run=run, account=town.accounts[flat], state="issued")


def subject_of(mail) -> str:
    return str(make_header(decode_header(mail["Subject"])))


def test_every_issued_invoice_has_one_delivery_and_one_document(issued):
    assert Delivery.objects.count() == Document.objects.count() == Invoice.objects.filter(state="issued").count() == 6
    assert whereabouts(Run.objects.get()).counts == {"email_waiting": 2, "paper_waiting": 4}


def test_the_mail_carries_the_pdf_under_its_name_beside_the_text(issued, relay):  # noqa: F811
    deliver(now=THEN)
    [(to, mail)] = [
        (to, mail) for to, mail in relay.taken if mail.is_multipart() and "Rēķins par" in subject_of(mail)
    ]
    assert to == "anna@example.lv"
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert parts["application/pdf"].get_filename() == "Rekins_2026-11_VU26-000001.pdf"
    made = parts["application/pdf"].get_payload(decode=True)
    assert made == pdf.render(invoice_of(issued, "1"))
    assert "Rēķins par 2026. gada novembri" in text_of(made)
    assert "pielikumā" in parts["text/plain"].get_payload(decode=True).decode()
    assert not Message.objects.exclude(text="").filter(text__contains="%PDF").exists()


def test_a_file_that_cannot_be_made_delays_its_mail_and_no_other(issued, relay, settings):  # noqa: F811
    settings.OUTBOX_ATTACHMENTS = {"invoice": "avots.nowhere.missing"}
    deliver(now=THEN)
    message = Message.objects.get(key="invoice:VU26-000001")
    assert message.state == "queued" and "VU26-000001" in message.error
    assert Message.objects.filter(state="sent").exists()
    settings.OUTBOX_ATTACHMENTS = {"invoice": "avots.billing.documents.original_of"}
    deliver(now=THEN + timedelta(hours=1))
    message.refresh_from_db()
    assert message.state == "sent"


def test_a_delivery_follows_its_mail_and_a_refused_one_goes_on_as_paper(issued, relay):  # noqa: F811
    assert is_email_followed(THEN)
    deliver(now=THEN)
    assert follow_emails(now=THEN, by=ILZE) == 2
    assert follow_emails(now=THEN, by=ILZE) == 0
    anna, company = (Delivery.objects.get(invoice=invoice_of(issued, flat)) for flat in ("1", "2"))
    assert (anna.mode, anna.state, anna.done_at) == ("email", "sent", THEN)
    assert (company.mode, company.state) == ("paper", "waiting")
    assert "550" in company.bounced
    assert AuditEntry.objects.filter(verb="invoice_to_paper").count() == 1
    assert issued.accounts["2"].delivery == "email"
    run = Run.objects.get()
    [row] = paper_of(run, whereabouts(run).walk)
    assert (len(row.waiting), row.printed, row.bounced) == (5, 0, 1)


def test_an_invoice_that_goes_by_email_is_queued_once(issued):
    follow_emails(now=THEN, by=ILZE)
    assert Message.objects.filter(key__startswith="invoice:").count() == 2


def test_paper_is_printed_by_building_in_walking_order_once(issued):
    run = Run.objects.get()
    waiting = to_print(run, issued.building)
    assert [row.invoice.premise.number for row in waiting] == ["3", "4", "5", "6"]
    made = documents.print_file(row.invoice for row in waiting)
    pages = pypdfium2.PdfDocument(made)
    first = pages.get_page(0).get_textpage().get_text_bounded()
    assert len(pages) == 4 and "Ģirts Kļaviņš" in first
    shown = [row.pk for row in waiting][:3]
    assert mark_printed(issued.building, shown, now=THEN, by=ILZE) == 3
    assert mark_printed(issued.building, shown, now=THEN, by=ILZE) == 0
    assert [row.invoice.premise.number for row in to_print(run, issued.building)] == ["6"]
    assert len(to_print(run, issued.building, again=True)) == 3


def test_recent_documents_are_rendered_by_the_worker_once_and_kept(issued):
    assert is_document_waiting(THEN)
    assert render_waiting(now=THEN, limit=4) == 4
    assert render_waiting(now=THEN, limit=4) == 2
    assert render_waiting(now=THEN) == 0
    assert not is_document_waiting(THEN)
    for document in Document.objects.select_related("invoice"):
        kept = files.read(documents.path_of(document.invoice), document.sha256)
        assert document.state == "done" and kept == pdf.render(document.invoice)


def test_older_documents_wait_until_they_are_opened(issued):
    later = THEN + timedelta(days=60)
    assert not is_document_waiting(later)
    assert render_waiting(now=later) == 0
    assert documents.original_of("VU26-000001").startswith(b"%PDF")


def test_what_a_dead_worker_left_is_rendered_by_another(issued):
    Document.objects.update(state="rendering", changed_at=THEN)
    assert render_waiting(now=THEN + timedelta(minutes=5)) == 0
    assert render_waiting(now=THEN + timedelta(minutes=11)) == 6


def test_a_document_that_cannot_be_made_is_put_by_with_its_reason(issued):
    Document.objects.exclude(invoice=invoice_of(issued, "1")).delete()
    moment = THEN
    in_the_way = files._path(documents.path_of(invoice_of(issued, "1")))
    in_the_way.mkdir(parents=True)
    for _ in range(5):
        assert render_waiting(now=moment) == 1
        moment += timedelta(minutes=1)
    document = Document.objects.get()
    assert (document.state, document.attempts) == ("failed", 5) and document.error
    assert render_waiting(now=moment) == 0
    in_the_way.rmdir()


def test_a_lost_or_damaged_file_is_rendered_again(issued):
    render_waiting(now=THEN)
    invoice = invoice_of(issued, "1")
    kept = files._path(documents.path_of(invoice))
    kept.write_bytes(b"%PDF-1.7 broken")
    assert documents.original(invoice) == pdf.render(invoice)
    kept.unlink()
    assert documents.original(invoice) == pdf.render(invoice)


def test_documents_and_deliveries_never_double_when_the_job_comes_twice(issued):
    billing.issue(BuildingRun.objects.get(), now=AFTER)
    assert (Delivery.objects.count(), Document.objects.count()) == (6, 6)


def test_a_person_downloads_own_invoices_and_nobody_elses(issued, sign_in):
    anna, karlis = sign_in(issued.people["anna"]), sign_in(issued.people["karlis"])
    answer = anna.get("/rekini/VU26-000001/pdf/")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="Rekins_2026-11_VU26-000001.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert len(pikepdf.open(io.BytesIO(answer.content)).pages) == 1
    assert karlis.get("/rekini/VU26-000001/pdf/").status_code == 404
    assert 'href="/rekini/VU26-000001/pdf/"' in anna.get("/rekini/").text
    assert 'href="/rekini/VU26-000001/pdf/"' in anna.get("/rekini/VU26-000001/").text


def test_the_office_prints_a_building_and_marks_what_it_printed(issued, sign_in):
    ilze = sign_in(issued.people["ilze"])
    page = ilze.get("/birojs/piegade/2026-11/")
    assert "Avotu iela 14" in page.text
    answer = ilze.get("/birojs/piegade/2026-11/A14/druka/")
    assert answer["Content-Disposition"] == 'attachment; filename="Druka_2026-11_A14.pdf"'
    assert len(pikepdf.open(io.BytesIO(answer.content)).pages) == 4
    assert Delivery.objects.filter(state="printed").count() == 0
    shown = " ".join(str(row.pk) for row in to_print(Run.objects.get(), issued.building))
    ilze.post("/birojs/piegade/2026-11/A14/izdrukats/", {"deliveries": shown})
    assert Delivery.objects.filter(state="printed").count() == 4
    assert ilze.get("/birojs/piegade/2026-11/A14/druka/").status_code == 404
    assert ilze.get("/birojs/piegade/2026-11/A14/druka/?visi=1").status_code == 200
    month = ilze.get("/birojs/menesis/2026-11/").text
    assert "papīrs: 4, jādrukā 0" in month
    assert ilze.get("/birojs/klienti/1000001/rekini/VU26-000001/pdf/").content[:5] == b"%PDF-"


def test_the_walk_comes_page_by_page(town, sign_in, monkeypatch):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    second = Building.objects.create(code="Z", street="Zvaigžņu iela", house="1", walking_order=9)
    agreed = ServiceAgreement.objects.get()
    agreed.pk, agreed.number, agreed.building = None, "Z", second
    agreed.save()
    Invoice.objects.filter(pk=invoice_of(town, "6").pk).update(building=second)
    issue(place)
    run = Run.objects.get()
    with transaction.atomic():
        assert issue_drafts(run, [second.pk], now=AFTER) == 1
    assert whereabouts(run).walk == (town.building.pk, second.pk)
    assert [len(paper.waiting) for paper in paper_of(run, [second.pk])] == [1]
    monkeypatch.setattr(delivery, "ON_A_PAGE", 1)
    ilze = sign_in(town.people["ilze"])
    first, last = ilze.get("/birojs/piegade/2026-11/").text, ilze.get("/birojs/piegade/2026-11/?lapa=2").text
    assert "Avotu iela 14" in first and "Zvaigžņu iela 1" not in first and 'href="?lapa=2"' in first
    assert "Zvaigžņu iela 1" in last and "Avotu iela 14" not in last and 'href="?lapa=1"' in last


def test_a_large_utilitys_deliveries_are_counted_every_few_minutes_and_its_rows_are_of_now(
    issued, sign_in, monkeypatch
):
    monkeypatch.setattr(deliveryfigures, "MANY", 1)
    ilze = sign_in(issued.people["ilze"])
    assert "saskaitīt tagad" not in ilze.get("/birojs/piegade/2026-11/").text, "these are of now"
    shown = " ".join(str(row.pk) for row in to_print(Run.objects.get(), issued.building))
    ilze.post("/birojs/piegade/2026-11/A14/izdrukats/", {"deliveries": shown})
    figures = r"<dt>Jādrukā</dt><dd>(\d+)</dd>"
    page = ilze.get("/birojs/piegade/2026-11/").text
    assert "saskaitīt tagad" in page and re.findall(figures, page) == ["4"]
    assert "druka/?visi=1" in page and 'druka/"' not in page, "the building's row knows that it was printed"
    assert re.findall(figures, ilze.get("/birojs/piegade/2026-11/?tagad=1").text) == ["0"]


def test_the_job_counts_a_large_utilitys_deliveries(issued, monkeypatch):
    monkeypatch.setattr(deliveryfigures, "MANY", 1)
    monkeypatch.setattr(clock, "now", lambda: THEN)
    add_up_month.func()
    found = deliveryfigures.delivery_figures(Run.objects.get(), THEN)
    assert (found.kept, found.counts) == (True, {"email_waiting": 2, "paper_waiting": 4})


def test_switching_to_email_takes_the_paper_fee_off_the_next_invoice(issued, sign_in):
    karlis = sign_in(issued.people["karlis"])
    before = invoice_of(issued, "5")
    assert before.invoiceline_set.filter(service="paper").exists()
    karlis.post("/iestatijumi/?konts=1000005", {"delivery": "email"})
    issued.accounts["5"].refresh_from_db()
    assert (issued.accounts["5"].delivery, issued.accounts["5"].invoice_email) == ("email", "karlis@example.lv")
    invoice = next_month(issued, "5")
    assert not invoice.invoiceline_set.filter(service="paper").exists()
    assert Delivery.objects.get(invoice=invoice).mode == "email"
    follow_emails(now=THEN, by=ILZE)
    assert Message.objects.filter(key=f"invoice:{invoice.number}", to="karlis@example.lv").exists()
