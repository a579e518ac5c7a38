"""What a home has used: thirteen months for the chart and its table."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from avots.core.charts import MonthBar, usage_chart
from avots.core.dates import Month
from avots.customers.models import CustomerAccount
from avots.ui.formats import m3_bare, month
from avots.ui.formats import month_name as name_of
from avots.usage.models import Usage

MONTHS = 13


@dataclass(frozen=True)
class UsedMonth:
    """A month's litres of an account."""

    month: Month
    cold: int
    hot: int
    estimated: bool

    @property
    def total(self) -> int:
        return self.cold + self.hot


def months_of(account: CustomerAccount, last: Month, *, since: date | None = None) -> list[UsedMonth]:
    """Return the last thirteen months an account was measured in, oldest first; from a day's month on."""
    first = max(last.plus(-MONTHS), Month.of(since)) if since else last.plus(-MONTHS)
    rows = Usage.objects.filter(account=account, round__first_day__range=(first.first_day, last.first_day))
    sums: dict[Month, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, commodity, litres, method in rows.values_list(
        "round__first_day", "usage_point__commodity", "litres", "method"
    ):
        sums[Month.of(day)][commodity] += litres
        sums[Month.of(day)]["estimated"] += method != Usage.Method.ACTUAL
    return [UsedMonth(at, by["cold"], by["hot"], bool(by["estimated"])) for at, by in sorted(sums.items())][-MONTHS:]


def year_before(months: list[UsedMonth]) -> UsedMonth | None:
    """Return the month a year before the last one, if the account was measured then."""
    wanted = months[-1].month.plus(-12) if months else None
    return next((used for used in months if used.month == wanted), None)


def chart_of(months: list[UsedMonth], title: str) -> str:
    """Return the chart of these months as SVG."""
    language = (get_language() or "lv")[:2]
    bars = [
        MonthBar(
            name_of(used.month.number, "nom", language)[:3], str(used.month.year), used.cold, used.hot, used.estimated
        )
        for used in months
    ]
    return usage_chart(bars, title=title, name="paterins") if bars else ""


def title_of(months: list[UsedMonth]) -> str:
    """Return the chart's message in words, for those who do not see it."""
    language = (get_language() or "lv")[:2]
    return "; ".join(f"{month(used.month, 'nom', language)}: {m3_bare(used.total, language)} m³" for used in months)


def misses_of(account: CustomerAccount) -> int:
    """Return how many months in a row an account's worst meter was estimated."""
    rows = Usage.objects.filter(account=account).order_by("-round__first_day", "-misses")
    return rows.values_list("misses", flat=True).first() or 0
