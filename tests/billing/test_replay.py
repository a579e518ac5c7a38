"""What was known when an invoice was made, recomputed today, is what was issued."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from avots.billing.kept import pack, terms_kept, unpack
from avots.billing.models import BuildingRun, Invoice, KeptInputs, KeptTerms
from avots.billing.queries.inputs import inputs_of, past_of, terms_of
from avots.billing.replay import replay, sample
from avots.core.plain import restored
from avots.meters.models import MeterInstallation
from avots.readings.models import Reading
from avots.tariffs.models import Tariff
from avots.usage.models import Usage
from avots.usage.queries import facts, frame_of, input_hash, text_of
from tests.billing.test_corrections import correct
from tests.billing.test_month import compute, issue, next_month, read_intake, report
from tests.town import AFTER, Town, build, in_default


@pytest.fixture
def issued(db) -> Town:
    """A month with an estimate, a flat in default and a share of the difference in two stages."""
    town = build(in_default("3"))
    report(town, "2", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    assert {"actual", "estimate", "noncompliant"} <= set(
        Usage.objects.filter(round=town.round).values_list("method", flat=True)
    )
    return town


def place() -> BuildingRun:
    return BuildingRun.objects.select_related("run__round", "building").order_by("-pk").first()


def test_an_issued_month_is_recomputed_to_every_field(issued):
    assert replay(place()) == replay(place())
    done = replay(place())
    assert (done.invoices, list(done.problems)) == (6, [])
    next_month(issued, intake=36_000)
    assert (replay(place()).invoices, list(replay(place()).problems)) == (6, [])


def test_what_is_learned_later_changes_nothing(issued):
    """A reading put right, another tariff, a renamed customer and a moved meter: all came after."""
    Reading.objects.filter(round=issued.round).update(litres=1)
    MeterInstallation.objects.filter(pk=issued.cold["1"].pk).update(start_litres=7)
    Tariff.objects.update(price_100k=1)
    party = issued.accounts["1"].party
    type(party).objects.filter(pk=party.pk).update(name="Cita")
    assert list(replay(place()).problems) == []


def test_a_changed_rule_is_told_with_the_field_it_changes(issued, monkeypatch):
    from avots.billing import rules

    monkeypatch.setattr(rules, "vat_of", lambda net, rate: net * rate // 10_000)
    problems = replay(place()).problems
    assert any("vat: issued" in problem for problem in problems), problems


def test_facts_changed_behind_our_back_are_not_what_was_hashed(issued):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM billing_keptinputs")
        (pk,) = cursor.fetchone()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        KeptInputs.objects.filter(pk=pk).update(data=b"")
    row = place()
    row.input_hash = "0" * 64
    assert [problem for problem in replay(row).problems if "hashed" in problem]


def test_a_month_whose_facts_were_not_kept_is_named(issued):
    BuildingRun.objects.update(state="drafted")
    KeptInputs.objects.all().delete()
    BuildingRun.objects.update(state="issued")
    assert replay(place()).problems == ["A14 2026-11: what it was computed from was not kept"]


def test_credit_notes_and_what_was_billed_anew_add_up(issued):
    done = correct(Invoice.objects.get(account=issued.accounts["2"]))
    assert list(replay(place()).problems) == []
    wrong = Invoice.objects.get(pk=done.credit.pk)
    wrong.content["lines"][0]["net_cents"] -= 1
    from avots.billing.replay import _arithmetic

    assert len(list(_arithmetic(wrong))) == 2


def test_a_building_computed_again_keeps_the_newest_facts_and_terms_once(town):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    row = compute(town)
    first = bytes(KeptInputs.objects.get().data)
    Reading.objects.filter(round=town.round, installation=town.cold["1"]).update(litres=103_000 + 8_307)
    BuildingRun.objects.update(state="waiting")
    from avots.billing import actions as billing

    billing.compute(row, now=AFTER)
    assert bytes(KeptInputs.objects.get().data) != first
    assert KeptTerms.objects.count() == 1


def test_what_is_kept_comes_back_as_it_was(issued):
    frame = frame_of(issued.round)
    known, terms = facts(issued.building, issued.round), terms_of(frame.month)
    inputs = inputs_of([known], terms)
    past = past_of([known], inputs, frame)
    again, inputs_again, past_again = unpack(pack(known, text_of(known), inputs, past), terms_kept(terms))
    assert again == known
    assert input_hash(again) == input_hash(known)
    assert inputs_again.hash_of(again, "x") == inputs.hash_of(known, "x")
    assert past_again.history == {key: rows for key, rows in past.history.items() if rows}


def test_a_field_that_came_later_takes_its_default():
    from avots.usage.rules.facts import Holding, PremiseFacts

    shapes = {"PremiseFacts": ["premise_id", "number", "holdings", "persons"], "Holding": ["account_id", "from_on"]}
    known = restored(PremiseFacts, [7, "1", [[3, "2026-11-01"]], 2], shapes)
    assert known == PremiseFacts(7, "1", (restored(Holding, [3, "2026-11-01"], shapes),), 2)


def test_the_command_names_what_differs_and_fails(issued):
    said = io.StringIO()
    call_command("replay", stdout=said)
    assert said.getvalue() == "1 building months, 6 invoices recomputed, 0 differences\n"
    call_command("replay", "--run", "2026-11", "--invoice", "VU26-000001", stdout=said)
    assert list(sample(5)) == []
    BuildingRun.objects.update(input_hash="x")
    with pytest.raises(CommandError):
        call_command("replay", stdout=said, stderr=said)
    assert "what was kept is not what was hashed" in said.getvalue()
    assert len(list(sample(5))) == 1
    with pytest.raises(CommandError, match="no such"):
        call_command("replay", "--run", "2020-01")
