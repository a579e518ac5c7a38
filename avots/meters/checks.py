"""Invariants of installations."""

from django.db.models.expressions import Window
from django.db.models.functions import Lag

from avots.meters.models import MeterInstallation


def installations_do_not_overlap() -> list[str]:
    """Return usage points with two meters on one day."""
    order = ["installed_on", "pk"]
    rows = MeterInstallation.objects.annotate(
        removed_before=Window(Lag("removed_on"), partition_by="usage_point_id", order_by=order),
        first=Window(Lag("pk"), partition_by="usage_point_id", order_by=order),
    ).values_list("usage_point_id", "installed_on", "removed_before", "first")
    return [
        f"usage point {point} has two meters from {start}"
        for point, start, removed, first in rows
        if first is not None and (removed is None or removed > start)
    ]
