"""Customers with their premises, and the buildings' agreements."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from avots.core.audit import By
from avots.core.errors import Refused
from avots.customers import actions
from avots.customers.models import CustomerAccount, Occupancy, Party, ServiceAgreement, SharingWeight
from avots.intake.kinds.kind import Row, building_of, columns, day, needed, one_of, premise_of, row_kind, whole

MOST_PERSONS = 500


def check_customer(row: Row) -> bool:
    number = needed(row, "account")
    needed(row, "name")
    day(row, "since")
    one_of(row, "kind", Party.Kind, "person")
    if one_of(row, "delivery", CustomerAccount.Delivery, "paper") == "email":
        needed(row, "email")
    whole(row, "persons", 0, most=MOST_PERSONS)
    known = CustomerAccount.objects.filter(number=number).exists()
    if not row.get("building_code"):
        return not known
    living = Occupancy.objects.filter(premise=premise_of(row), ends_on=None, account__number=number)
    return not (known and living.exists())


def apply_customer(row: Row, now: datetime, by: By) -> object:
    since = day(row, "since")
    account = actions.register_customer(
        number=row["account"],
        name=row["name"],
        kind=Party.Kind(one_of(row, "kind", Party.Kind, "person")),
        opened_on=since,
        now=now,
        by=by,
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        address=row.get("address", ""),
        vat_number=row.get("vat_number", ""),
    )
    if row.get("delivery") == CustomerAccount.Delivery.EMAIL:
        email = CustomerAccount.Delivery.EMAIL
        actions.set_delivery(account, delivery=email, email=row["email"], now=now, by=by)
    if row.get("building_code"):
        premise = premise_of(row)
        actions.move(premise, account=account, on=since, now=now, by=by)
        actions.declare_persons(
            premise, persons=whole(row, "persons", 0, most=MOST_PERSONS), on=since, now=now, by=by
        )
    return account


def check_agreement(row: Row) -> bool:
    since, number = day(row, "since"), needed(row, "agreement")
    settlement = one_of(row, "settlement", ServiceAgreement.Settlement, "direct")
    own = ServiceAgreement.Sharing.OWN_WEIGHTS
    if one_of(row, "sharing", ServiceAgreement.Sharing, "equal") == own and not row.get("decision"):
        raise Refused("decision_missing")
    one_of(row, "reporting", ServiceAgreement.Reporting, "flats")
    one_of(row, "services", ServiceAgreement.Services, "full")
    if settlement == ServiceAgreement.Settlement.INDIRECT:
        _payer_of(row)
    building = building_of(row)
    return not ServiceAgreement.objects.filter(number=number, starts_on=since, building=building).exists()


def _payer_of(row: Row) -> CustomerAccount:
    number = needed(row, "payer_account")
    found = CustomerAccount.objects.filter(number=number).first()
    if found is None:
        raise Refused("row_unknown_account", text=number)
    return found


def apply_agreement(row: Row, now: datetime, by: By) -> object:
    settlement = one_of(row, "settlement", ServiceAgreement.Settlement, "direct")
    return actions.agree(
        building_of(row),
        number=row["agreement"],
        starts_on=day(row, "since"),
        now=now,
        by=by,
        settlement=settlement,
        payer=_payer_of(row) if settlement == ServiceAgreement.Settlement.INDIRECT else None,
        sharing=one_of(row, "sharing", ServiceAgreement.Sharing, "equal"),
        reporting=one_of(row, "reporting", ServiceAgreement.Reporting, "flats"),
        services=one_of(row, "services", ServiceAgreement.Services, "full"),
        decision=row.get("decision", ""),
    )


def check_weight(row: Row) -> bool:
    weight, premise = whole(row, "weight", 0), premise_of(row)
    if weight == 0:
        raise Refused("row_bad_number", column="weight", text=row.get("weight", ""))
    known = SharingWeight.objects.filter(agreement=_weighing(row), premise=premise).first()
    if known is not None and known.weight != weight:
        raise Refused("weight_decided", premise=premise.number)
    return known is None


def _weighing(row: Row) -> ServiceAgreement:
    """Return the building's agreement in force that shares by the owners' own weights."""
    number = needed(row, "agreement")
    rows = ServiceAgreement.objects.filter(building=building_of(row), number=number, ends_on=None)
    found = rows.filter(sharing=ServiceAgreement.Sharing.OWN_WEIGHTS).first()
    if found is None:
        raise Refused("row_unknown_agreement", text=number)
    return found


def apply_weight(row: Row, now: datetime, by: By) -> object:
    return actions.weigh(_weighing(row), premise_of(row), weight=whole(row, "weight", 0), now=now, by=by)


KINDS = (
    row_kind(
        "customers",
        _("Klienti"),
        ("account", "name", "since"),
        ("kind", "building_code", "premise", "persons", "email", "phone", "delivery", "address", "vat_number"),
        check_customer,
        apply_customer,
        key=columns("account", "building_code", "premise"),
        provides={"row_unknown_account": "account"},
    ),
    row_kind(
        "agreements",
        _("Līgumi"),
        ("agreement", "building_code", "since"),
        ("settlement", "payer_account", "sharing", "reporting", "services", "decision"),
        check_agreement,
        apply_agreement,
        key=columns("building_code", "since"),
        provides={"row_unknown_agreement": "agreement"},
    ),
    row_kind(
        "weights",
        _("Dalīšanas svari"),
        ("agreement", "building_code", "premise", "weight"),
        (),
        check_weight,
        apply_weight,
        key=columns("agreement", "building_code", "premise"),
    ),
)
