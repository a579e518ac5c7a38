"""What occurred in a town: a check of a thousand towns is hollow where nothing odd ever happened."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, F, Q, QuerySet

from avots.billing.models import Invoice, InvoiceLine
from avots.customers.models import AbsenceNotice, ServiceAgreement
from avots.meters.models import ExchangeAct, MeterInstallation, Noncompliance, UsagePoint
from avots.payments.models import Payment
from avots.readings.models import Reading
from avots.usage.models import BookedCorrection, BuildingMonth, DifferenceShare, Usage


def occurred() -> Counter[str]:
    """Return how often each thing occurred in the months of this database."""
    found = Counter({name: rows.count() for name, rows in {**_litres(), **_money(), **_town()}.items()})
    found += Counter(f"method {method}" for method in Usage.objects.values_list("method", flat=True))
    found += Counter(f"sharing {name}" for name in BuildingMonth.objects.values_list("sharing", flat=True))
    found += Counter(f"ground {ground}" for ground in Noncompliance.objects.values_list("ground", flat=True))
    return found


def _litres() -> dict[str, QuerySet]:
    tiles, months, shares = Usage.objects.all(), BuildingMonth.objects.all(), DifferenceShare.objects.all()
    split = tiles.filter(part=0, basis__has_key="held_until")
    exchanged = MeterInstallation.objects.exclude(removed_on=None).filter(usage__isnull=False).distinct()
    return {
        "meters exchanged": exchanged,
        "exchange told late": ExchangeAct.objects.all(),
        "two meters in a month": tiles.values("round", "usage_point")
        .annotate(n=Count("installation", distinct=True))
        .filter(n__gt=1),
        "rolled over": tiles.filter(basis__rolled_over=True),
        "read by control": tiles.filter(basis__control=True),
        "less than nothing": tiles.filter(litres__lt=0),
        "netted after non-compliance": tiles.filter(shared_before_litres__gt=0),
        "no valid meter": tiles.filter(basis__reason="no_valid_meter"),
        "months missed": tiles.filter(basis__reason="no_reading"),
        "partly absent": tiles.filter(basis__has_key="absent_days", method="estimate"),
        "split by reading": split.filter(basis__split_until="reading"),
        "split by days": split.filter(basis__split_until="days"),
        "negative difference": months.filter(difference_litres__lt=0),
        "balance carried in": months.exclude(carried_in_litres=0),
        "negative difference credited": months.filter(shared_litres__lt=0).exclude(sharing="payer"),
        "dead band": months.exclude(waived_litres=0),
        "common use": months.filter(common_litres__gt=0),
        "sub-meter behind a common one": UsagePoint.objects.exclude(parent=None),
        "first stage": shares.filter(stage=1),
        "second stage after the first": months.filter(differenceshare__stage=1).filter(differenceshare__stage=2),
        "share split by days": shares.filter(basis__has_key="held_until"),
        "put right in litres": BookedCorrection.objects.all(),
    }


def _money() -> dict[str, QuerySet]:
    invoices, lines = Invoice.objects.issued(), InvoiceLine.objects.all()
    of_service = lines.filter(part="own").values("invoice", "service").annotate(n=Count("pk"))
    notes = invoices.filter(kind="credit")
    return {
        "price changed inside": of_service.filter(n__gt=1),
        "paper charged": lines.filter(part="fee"),
        "treatment only": lines.filter(service="treatment"),
        "negative total": invoices.filter(kind="invoice", total_cents__lt=0),
        "credit notes": notes,
        "billed anew": invoices.filter(kind="invoice", corrects__isnull=False),
        "billed anew to another": invoices.filter(kind="invoice")
        .exclude(account=F("corrects__account"))
        .exclude(corrects=None),
        "taken back for good": notes.exclude(
            corrects__in=invoices.filter(kind="invoice").exclude(corrects=None).values("corrects")
        ),
        "another rate of VAT": invoices.exclude(vat_rate_per_10000=2_100),
        "looked at first": invoices.exclude(accepted_by=""),
        "paid": Payment.objects.all(),
    }


def _town() -> dict[str, QuerySet]:
    agreements = ServiceAgreement.objects.all()
    return {
        "indirect": agreements.filter(settlement="indirect"),
        "agreed anew": agreements.exclude(ends_on=None),
        "private house": agreements.filter(building__segment="private"),
        "radio": MeterInstallation.objects.filter(remote_read=True),
        "two inlets": UsagePoint.objects.filter(role="intake", code__contains="-in2"),
        "absences": AbsenceNotice.objects.all(),
        "late": Reading.objects.filter(findings__icontains="late"),
        "reading rejected": Reading.objects.filter(state="rejected"),
        "reading put right": Reading.objects.filter(Q(source_key__startswith="correct:")),
    }


def missing(seen: Counter[str], names: Iterable[str]) -> list[str]:
    """Return what of all that can occur did not."""
    return sorted(name for name in names if not seen[name])


ALL = (
    *(*_litres(), *_money(), *_town()),
    *(f"method {name}" for name in ("actual", "estimate", "noncompliant", "absence")),
    *(f"sharing {name}" for name in ServiceAgreement.Sharing.values),
    "sharing payer",
    *(f"ground {name}" for name in Noncompliance.Ground.values),
)
