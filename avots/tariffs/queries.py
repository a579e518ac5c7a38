"""Which prices were in force."""

from avots.core.dates import Month
from avots.tariffs.models import Tariff
from avots.tariffs.rules import Price


def prices_until(month: Month) -> dict[str, list[Price]]:
    """Return each service's prices that started before a month's end, oldest first."""
    prices: dict[str, list[Price]] = {}
    rows = Tariff.objects.filter(valid_from__lte=month.last_day).order_by("service", "valid_from")
    for service, valid_from, price, decision in rows.values_list("service", "valid_from", "price_100k", "decision"):
        prices.setdefault(service, []).append(Price(valid_from, price, decision))
    return prices
