"""Which prices are, were and will be in force."""

from django.db.models import QuerySet

from avots.core.dates import Month
from avots.tariffs.models import Tariff
from avots.tariffs.rules import Price


def all_prices() -> dict[str, list[Price]]:
    """Return each service's prices, oldest first, also those that have not started yet."""
    return _by_service(Tariff.objects.all())


def prices_until(month: Month) -> dict[str, list[Price]]:
    """Return each service's prices that started before a month's end, oldest first."""
    return _by_service(Tariff.objects.filter(valid_from__lte=month.last_day))


def _by_service(rows: QuerySet[Tariff]) -> dict[str, list[Price]]:
    prices: dict[str, list[Price]] = {}
    found = rows.order_by("service", "valid_from").values_list("service", "valid_from", "price_100k", "decision")
    for service, valid_from, price, decision in found:
        prices.setdefault(service, []).append(Price(valid_from, price, decision))
    return prices
