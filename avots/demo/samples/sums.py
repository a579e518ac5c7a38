"""What a played sample town was billed, added up from its issued invoices and held against the registers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from avots.billing.models import Invoice
from avots.core.volume import m3_text
from avots.demo.samples.town import House
from avots.usage.models import BuildingMonth, Usage

HEADINGS = (
    *("building", "flats", "metered", "own", "borne", "intake"),
    *("difference", "shared", "carried", "invoices", "EUR"),
)


@dataclass(frozen=True)
class BuildingSum:
    """A building's litres over all its months, as its invoices say.

    ``metered`` = ``own`` + ``borne``: what was billed as own use, and what a flat had borne before as its
    share while nobody read its meter. ``intake`` = ``metered`` + the share of others + ``carried``.
    """

    address: str
    flats: int
    metered: int
    own: int
    borne: int
    intake: int
    difference: int
    shared: int
    carried: int
    invoices: int
    cents: int

    @property
    def row(self) -> tuple[str, ...]:
        litres = (self.metered, self.own, self.borne, self.intake, self.difference, self.shared, self.carried)
        euros = f"{self.cents // 100}.{self.cents % 100:02d}"
        return (self.address, str(self.flats), *map(m3_text, litres), str(self.invoices), euros)


def metered_litres(houses: Sequence[House]) -> dict[str, int]:
    """Return each meter's litres as its issued invoices billed them: own use and what was borne before."""
    found: Counter[str] = Counter()
    issued = Invoice.objects.filter(building__code__in=[house.code for house in houses], state="issued")
    for content in issued.values_list("content", flat=True):
        for meter in content["meters"]:
            found[meter["serial"]] += meter["litres"] + meter["shared_before_litres"]
    return dict(found)


def sum_of(house: House) -> BuildingSum:
    """Return a building's sums from its issued invoices and its balances."""
    invoices = Invoice.objects.filter(building=house.building, state="issued")
    rows = [row for content in invoices.values_list("content", flat=True) for row in content["meters"]]
    months = BuildingMonth.objects.filter(building=house.building)
    sums = months.aggregate(Sum("intake_litres"), Sum("difference_litres"), Sum("shared_litres"))
    own, borne = sum(row["litres"] for row in rows), sum(row["shared_before_litres"] for row in rows)
    return BuildingSum(
        str(house.building),
        len(house.flats),
        own + borne,
        own,
        borne,
        sums["intake_litres__sum"],
        sums["difference_litres__sum"],
        sums["shared_litres__sum"],
        months.latest("round__first_day").carried_out_litres,
        invoices.count(),
        invoices.aggregate(Sum("total_cents"))["total_cents__sum"] or 0,
    )


def corrections(houses: Sequence[House]) -> Iterator[str]:
    """Yield each month in which less than nothing was billed, with the estimates it settles.

    :raises ValueError: for one that settles nothing
    """
    tiles = Usage.objects.filter(building_month__building__code__in=[house.code for house in houses], litres__lt=0)
    for tile in tiles.select_related("premise__building", "round").order_by("round__first_day", "pk"):
        before = Usage.objects.filter(installation=tile.installation_id, round__first_day__lt=tile.round.first_day)
        settled = []
        for earlier in before.select_related("round").order_by("-round__first_day"):
            if earlier.method == Usage.Method.ACTUAL:
                break
            settled.append(f"{earlier.round} {earlier.method} {m3_text(earlier.litres)}")
        if not settled:
            raise ValueError(f"{tile.premise} {tile.round}: {tile.litres} litres settle nothing")
        yield f"{tile.premise} {tile.round}: {m3_text(tile.litres)} m3 settles {', '.join(reversed(settled))}"


def wrong_meters(houses: Sequence[House]) -> list[str]:
    """Return the meters whose billed litres are not their register's last minus first."""
    billed = metered_litres(houses)
    return [
        f"{flat.home.key}: billed {billed.get(flat.home.key[:8], 0)}, register {flat.home.litres}"
        for house in houses
        for flat in house.flats
        if billed.get(flat.home.key[:8], 0) != flat.home.litres
    ]


def table(sums: Sequence[BuildingSum]) -> Iterator[str]:
    """Yield the sums as lines of a table, with a line for all."""
    numbers = [(one.flats, one.metered, one.own, one.borne, one.intake) for one in sums]
    more = [(one.difference, one.shared, one.carried, one.invoices, one.cents) for one in sums]
    total = BuildingSum("in all", *map(sum, zip(*numbers, strict=True)), *map(sum, zip(*more, strict=True)))
    rows = [HEADINGS, *(one.row for one in sums), total.row]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells])
