"""Which months were issued: their invoices stay as they are."""

from datetime import date

from avots.core.dates import Month
from avots.usage.models import BuildingMonth


def issued_months(*, since: date) -> list[Month]:
    """Return the months, from a day's own on, that are issued for at least one building; oldest first."""
    rows = BuildingMonth.objects.filter(final=True, round__first_day__gte=Month.of(since).first_day)
    days = rows.order_by("round__first_day").values_list("round__first_day", flat=True).distinct()
    return [Month.of(day) for day in days]
