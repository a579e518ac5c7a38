"""Which meters have a term near, and who is told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from avots.core import policies
from avots.core.policies import Policies
from avots.customers.models import CustomerAccount, Management, Occupancy, Party, ServiceAgreement
from avots.customers.queries import Contact, contacts_of
from avots.meters.models import Building, MeterInstallation, UsagePoint
from avots.meters.rules import VERIFICATION, Term, TermPolicy, grace_days, terms_of
from avots.reminders.models import TermNotice


@dataclass(frozen=True)
class DueTerm:
    """A standing meter with a term near; who answers for it and how often it was told."""

    installation: MeterInstallation
    term: Term
    days_left: int
    account: CustomerAccount | None
    told: int
    last_ordinal: int

    @property
    def point(self) -> UsagePoint:
        return self.installation.usage_point


def term_policy(policy: Policies) -> TermPolicy:
    """Return what a day's policies say of terms."""
    grace = grace_days(policy.verification_grace_months)
    return TermPolicy(policy.flat_verification_lapse_blocks, policy.flat_replacement_term, grace)


def terms_on(installation: MeterInstallation, *, today: date, policy: TermPolicy) -> list[Term]:
    """Return a standing meter's terms with what they mean on a day."""
    point = installation.usage_point
    unit = point.role == UsagePoint.Role.UNIT
    return terms_of(
        verified_until=installation.verified_until,
        replace_by=installation.replace_by,
        today=today,
        flat=unit and point.building.segment == Building.Segment.APARTMENTS,
        own=not unit,
        policy=policy,
    )


def _near(today: date, days: int) -> QuerySet[MeterInstallation]:
    span = (today, today + timedelta(days=days))
    rows = MeterInstallation.objects.standing(on=today).filter(
        Q(verified_until__range=span) | Q(replace_by__range=span)
    )
    related = rows.select_related("meter", "usage_point__building", "usage_point__premise__building")
    return related.order_by("usage_point__building__walking_order", "usage_point__premise__position", "pk")


def due_terms(today: date, *, days: int) -> list[DueTerm]:
    """Return every term of a standing meter that falls within so many days, in walking order."""
    policy, meters = term_policy(policies.on(today)), list(_near(today, days))
    accounts = _accounts(meters, today)
    told: dict[tuple[int, str, date], list[int]] = defaultdict(list)
    notices = TermNotice.objects.filter(installation__in=meters)
    for pk, kind, on, ordinal in notices.values_list("installation_id", "kind", "term", "ordinal"):
        told[pk, kind, on].append(ordinal)
    return [
        DueTerm(
            meter,
            term,
            (term.on - today).days,
            accounts.get(meter.usage_point_id),
            len(told[meter.pk, term.kind, term.on]),
            max(told[meter.pk, term.kind, term.on], default=0),
        )
        for meter in meters
        for term in terms_on(meter, today=today, policy=policy)
        if 0 <= (term.on - today).days <= days
    ]


def _accounts(meters: Iterable[MeterInstallation], today: date) -> dict[int, CustomerAccount]:
    """Return, by usage point, the account that answers for it: the home's, or the building's payer."""
    points = {meter.usage_point_id: meter.usage_point for meter in meters}
    homes = Occupancy.objects.valid(on=today).filter(
        premise__in={p.premise_id for p in points.values() if p.premise_id}
    )
    of_home = {row.premise_id: row.account for row in homes.select_related("account__party")}
    agreed = ServiceAgreement.objects.valid(on=today).filter(payer__isnull=False)
    agreed = agreed.filter(building__in={point.building_id for point in points.values()})
    of_building = {row.building_id: row.payer for row in agreed.select_related("payer__party")}
    found = {pk: of_home.get(point.premise_id) or of_building.get(point.building_id) for pk, point in points.items()}
    return {pk: account for pk, account in found.items() if account is not None}


def contacts_for(rows: Sequence[DueTerm], today: date) -> dict[int, Contact]:
    """Return where the notice of each row goes, by installation: its account, else the building's manager."""
    by_account = contacts_of({row.account.pk: row.account for row in rows if row.account}.values(), on=today)
    managed = Management.objects.valid(on=today).filter(building__in={row.point.building_id for row in rows})
    managers: dict[int, Party] = {row.building_id: row.manager for row in managed.select_related("manager")}
    found = {}
    for row in rows:
        contact = by_account.get(row.account.pk) if row.account else None
        manager = managers.get(row.point.building_id)
        if contact is None and row.account is None and manager is not None and manager.email:
            contact = Contact(manager.email, manager.language)
        if contact is not None:
            found[row.installation.pk] = contact
    return found


def notice_days(today: date) -> dict[str, list[int]]:
    """Return on which days before a term of each kind its notices are due."""
    policy = policies.on(today)
    return {VERIFICATION: policy.verification_notice_days, "replacement": policy.replacement_notice_days}
