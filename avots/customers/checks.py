"""Invariants of dated facts: nothing holds twice at once."""

from django.db.models import F, Q
from django.db.models.expressions import Window
from django.db.models.functions import Lag

from avots.customers.models import Occupancy, ServiceAgreement


def occupancies_do_not_overlap() -> list[str]:
    """Return premises that two accounts answer for on one day."""
    before = Window(Lag("ends_on"), partition_by="premise_id", order_by=["starts_on", "pk"])
    first = Window(Lag("pk"), partition_by="premise_id", order_by=["starts_on", "pk"])
    rows = Occupancy.objects.annotate(before=before, first=first).values_list(
        "premise_id", "starts_on", "before", "first"
    )
    return [
        f"premise {premise} is answered for twice from {start}"
        for premise, start, end, first in rows
        if first is not None and (end is None or end > start)
    ]


def agreements_end_after_they_start() -> list[str]:
    """Return agreements whose end lies before their start."""
    wrong = ServiceAgreement.objects.filter(Q(ends_on__lt=F("starts_on")))
    return [f"agreement {row.number} ends before it starts" for row in wrong[:100]]
