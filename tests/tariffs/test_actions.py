"""A price is proposed by one person and put in force, or not, by another."""

from datetime import date

import pytest

from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.models import Approval, AuditEntry
from avots.tariffs.actions import approve_tariff, decline_tariff, propose_tariff
from avots.tariffs.models import Tariff
from avots.tariffs.queries import all_prices
from tests.town import NOW

pytestmark = pytest.mark.django_db
AINARS, LAIMA = By("staff", 1), By("staff", 2)
DECEMBER = date(2026, 12, 1)


def propose(by: By = AINARS, **changed) -> Approval:
    wanted = {"service": "water", "valid_from": DECEMBER, "price_100k": 95_123, "decision": "SPRK lēmums 7"}
    return propose_tariff(**wanted | changed, now=NOW, by=by)


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_a_second_person_puts_a_price_in_force():
    tariff = approve_tariff(propose(), now=NOW, by=LAIMA)
    assert (tariff.service, tariff.valid_from, tariff.price_100k) == ("water", DECEMBER, 95_123)
    assert [one.decision for one in all_prices()["water"]] == ["SPRK lēmums 7"]
    assert verbs() == ["ask_tariff", "approve_tariff"]
    assert AuditEntry.objects.first().facts["price_100k"] == 95_123


def test_who_proposed_does_not_approve():
    asked = propose()
    with pytest.raises(Refused, match="needs_second_person"):
        approve_tariff(asked, now=NOW, by=AINARS)
    assert not Tariff.objects.exists()
    asked.refresh_from_db()
    assert asked.state == "open"


def test_a_declined_price_may_be_proposed_anew():
    asked = propose()
    decline_tariff(asked, now=NOW, by=LAIMA)
    with pytest.raises(Refused, match="already_decided"):
        approve_tariff(asked, now=NOW, by=LAIMA)
    assert propose().pk != asked.pk
    assert verbs() == ["ask_tariff", "decline_tariff", "ask_tariff"]
    assert not Tariff.objects.exists()


def test_the_same_asked_twice_is_asked_once():
    assert propose() == propose()
    assert verbs() == ["ask_tariff"]


@pytest.mark.parametrize("changed", [{"price_100k": 96_000}, {"decision": "Cits"}, {"by": LAIMA}])
def test_another_wish_for_the_day_waits_for_the_first(changed):
    propose()
    with pytest.raises(Refused, match="tariff_already_asked"):
        propose(**changed)
    assert Approval.objects.count() == 1
    assert verbs() == ["ask_tariff"]


def test_a_day_that_has_a_price_keeps_it():
    asked = propose()
    Tariff.objects.create(service="water", valid_from=DECEMBER, price_100k=90_000, decision="d")
    with pytest.raises(Refused, match="tariff_exists"):
        approve_tariff(asked, now=NOW, by=LAIMA)
    asked.refresh_from_db()
    assert asked.state == "open"
    with pytest.raises(Refused, match="tariff_exists"):
        propose(price_100k=96_000)
    propose(service="sewerage")
    propose(valid_from=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changed", "code"), [({"decision": ""}, "basis_missing"), ({"price_100k": 0}, "not_a_price")]
)
def test_a_price_without_a_decision_or_of_nothing_is_refused(changed, code):
    with pytest.raises(Refused, match=code):
        propose(**changed)
    assert not Approval.objects.exists()
