"""Months a meter was billed for before going live: by what it showed, or by what another system says was used."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_noop as _

from avots.core.audit import By
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.core.volume import capacity_of, m3_text
from avots.customers.models import CustomerAccount, Occupancy
from avots.intake.kinds.kind import Kind, Row, Verdict, columns, day, litres, needed, whole
from avots.meters.models import MeterInstallation, UsagePoint
from avots.meters.rules import consumption
from avots.readings.actions import PastReading, plan_round, record_past_readings
from avots.readings.models import Round
from avots.usage.actions import OpeningTile, open_books
from avots.usage.models import Usage

MOST_MISSES = 99


@dataclass(frozen=True)
class Billed:
    """A month that stands for a meter, in litres."""

    month: Month
    litres: int
    to_litres: int
    misses: int


@dataclass
class Known:
    """What is known of the meters of a batch: where each stands, and its billed months."""

    by_serial: dict[str, MeterInstallation] = field(default_factory=dict)
    by_account: dict[str, list[MeterInstallation]] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    months: dict[int, list[Billed]] = field(default_factory=lambda: defaultdict(list))
    living: dict[int, list[tuple[date, date | None, int]]] = field(default_factory=lambda: defaultdict(list))
    rounds: dict[Month, Round] = field(default_factory=dict)

    def last(self, meter: MeterInstallation) -> Billed | None:
        return self.months[meter.pk][-1] if self.months[meter.pk] else None

    def account_at(self, premise_id: int | None, on: date) -> int | None:
        """Return who answered for a premise on a day."""
        rows = self.living[premise_id or 0]
        return next((account for start, end, account in rows if start <= on and (end is None or on < end)), None)


@dataclass(frozen=True)
class Entry:
    """What a row says of a meter's month: the reading at its end, or the litres used in it."""

    meter: MeterInstallation
    month: Month
    reading: int | None
    used: int | None
    estimated: bool = False
    misses_told: int | None = None


def month_of(row: Row) -> Month:
    """Return a row's month: 2026-10, a day that a spreadsheet made of it, or a year and a number.

    >>> month_of({"month": "2026-10"}), month_of({"month": "2026-10-01"}), month_of({"year": "2013", "month": "1"})
    (Month(year=2026, number=10), Month(year=2026, number=10), Month(year=2013, number=1))

    :raises Refused: ``row_bad_date``, ``row_value_missing``
    """
    text = needed(row, "month")
    written = (
        f"{row['year']}-{text.zfill(2)}-01" if row.get("year") else text if text.count("-") > 1 else f"{text}-01"
    )
    try:
        return Month.of(day({"month": written}, "month"))
    except Refused:
        raise Refused("row_bad_date", column="month", text=text) from None


def _order(row: Row) -> str:
    try:
        return str(month_of(row))
    except Refused:
        return ""


def known_of(rows: Sequence[Row]) -> Known:
    """Return what a batch of rows needs to know; a constant number of queries."""
    serials = {row["meter_serial"] for row in rows if row.get("meter_serial")}
    numbers = {row["account"] for row in rows if row.get("account")}
    known = Known(accounts=set(CustomerAccount.objects.filter(number__in=numbers).values_list("number", flat=True)))
    standing = MeterInstallation.objects.filter(removed_on=None).select_related("meter__register", "usage_point")
    for meter in standing.filter(meter__serial__in=serials):
        known.by_serial[meter.meter.serial] = meter
    living = Occupancy.objects.filter(account__number__in=numbers, ends_on=None)
    premises = dict(living.values_list("premise_id", "account__number"))
    for meter in standing.filter(usage_point__premise__in=premises, usage_point__role=UsagePoint.Role.UNIT):
        known.by_account.setdefault(premises[meter.usage_point.premise_id or 0], []).append(meter)
    meters = [*known.by_serial.values(), *(meter for found in known.by_account.values() for meter in found)]
    _load_months(known, {meter.pk for meter in meters})
    for premise, start, end, account in Occupancy.objects.filter(
        premise__in={meter.usage_point.premise_id for meter in meters if meter.usage_point.premise_id}
    ).values_list("premise_id", "starts_on", "ends_on", "account_id"):
        known.living[premise].append((start, end, account))
    return known


def _load_months(known: Known, meters: Iterable[int]) -> None:
    tiles = Usage.objects.filter(installation__in=list(meters)).order_by("round__first_day")
    for pk, first, used, to, misses in tiles.values_list(
        "installation_id", "round__first_day", "litres", "to_litres", "misses"
    ):
        known.months[pk].append(Billed(Month.of(first), used, to, misses))


def entry_of_history(row: Row, known: Known) -> Entry:
    """Return what a row of readings says.

    :raises Refused: why it cannot be used
    """
    serial, month, reading = needed(row, "meter_serial"), month_of(row), litres(row, "reading_m3")
    quality = row.get("quality", "").upper() or "A"
    if quality not in {"A", "E"}:
        raise Refused("row_bad_choice", column="quality", text=row["quality"])
    misses = whole(row, "estimates_in_row", 0, most=MOST_MISSES) if row.get("estimates_in_row") else None
    if row.get("last_billed_m3") and litres(row, "last_billed_m3") != reading:
        raise Refused("row_last_billed_differs", text=row["last_billed_m3"])
    meter = _meter_of(serial, known)
    digits = meter.meter.register.digits_before
    if consumption(meter.start_litres, reading, digits_before=digits).litres < 0:
        raise Refused("row_reading_falls", text=row["reading_m3"])
    return Entry(meter, month, reading, None, quality == "E", misses)


def entry_of_use(row: Row, known: Known) -> Entry:
    """Return what a row of consumption says: the litres a customer used in a month.

    The meter is named, or it is the only one of the customer.

    :raises Refused: why it cannot be used
    """
    number, month, used = needed(row, "account"), month_of(row), litres(row, "used_m3")
    if row.get("meter_serial"):
        return Entry(_meter_of(row["meter_serial"], known), month, None, used)
    if number not in known.accounts:
        raise Refused("row_unknown_account", text=number)
    meters = known.by_account.get(number, [])
    if len(meters) != 1:
        raise Refused("row_several_meters" if meters else "row_account_without_meter", text=number)
    return Entry(meters[0], month, None, used)


def _meter_of(serial: str, known: Known) -> MeterInstallation:
    if serial not in known.by_serial:
        raise Refused("row_unknown_meter", text=serial)
    return known.by_serial[serial]


def is_new(entry: Entry, known: Known) -> bool:
    """Return whether an entry's month is still to be written.

    :raises Refused: ``row_month_differs`` where it stands with another figure,
        ``row_later_month_stands``: a meter's months come oldest first
    """
    for there in known.months[entry.meter.pk]:
        if there.month == entry.month:
            if entry.reading in {None, there.to_litres} and entry.used in {None, there.litres}:
                return False
            raise Refused("row_month_differs", month=str(there.month), text=m3_text(there.litres))
        if there.month > entry.month:
            raise Refused("row_later_month_stands", month=str(there.month))
    return True


Read = Callable[[Row, Known], Entry]


def check_many(read: Read, rows: Sequence[Row]) -> list[Verdict]:
    """Return for each row whether it is new, or why it cannot be used."""
    known = known_of(rows)
    return [_judged(read, row, known) for row in rows]


def _judged(read: Read, row: Row, known: Known) -> Verdict:
    try:
        return is_new(read(row, known), known)
    except Refused as refused:
        return refused


def apply_many(read: Read, rows: Sequence[Row], now: datetime, by: By) -> list[Verdict]:
    """Write a batch of months: each meter's tile, and its reading when there is a real one."""
    known = known_of(rows)
    verdicts: list[Verdict] = []
    tiles: list[OpeningTile] = []
    past: list[PastReading] = []
    for row in rows:
        try:
            entry = read(row, known)
            new = is_new(entry, known)
            if new:
                tile = _tile(entry, known, now, by)
                tiles.append(tile)
                if not entry.estimated:
                    derived = entry.reading is None
                    past.append(PastReading(entry.meter, known.rounds[entry.month], tile.to_litres, derived))
            verdicts.append(new)
        except Refused as refused:
            verdicts.append(refused)
    record_past_readings(past, now=now, by=by)
    open_books(tiles)
    return verdicts


def _tile(entry: Entry, known: Known, now: datetime, by: By) -> OpeningTile:
    """Return the tile of an entry, and remember it for the meter's next month.

    :raises Refused: ``row_estimates_differ``
    """
    meter, last = entry.meter, known.last(entry.meter)
    misses = ((last.misses if last else 0) + 1) if entry.estimated else 0
    if entry.misses_told is not None and entry.misses_told != misses:
        raise Refused("row_estimates_differ", text=entry.misses_told)
    if entry.month not in known.rounds:
        known.rounds[entry.month] = plan_round(entry.month, now=now, by=by)
    start = last.to_litres if last else meter.start_litres
    used, to_litres = _use(entry, start)
    known.months[meter.pk].append(Billed(entry.month, used, to_litres, misses))
    premise = meter.usage_point.premise_id
    return OpeningTile(
        round_id=known.rounds[entry.month].pk,
        usage_point_id=meter.usage_point_id,
        installation_id=meter.pk,
        premise_id=premise,
        account_id=known.account_at(premise, entry.month.last_day),
        from_litres=start,
        to_litres=to_litres,
        litres=used,
        estimated=entry.estimated,
        misses=misses,
    )


def _use(entry: Entry, start: int) -> tuple[int, int]:
    """Return the litres used since a meter's start of the month, and what it shows then."""
    digits = entry.meter.meter.register.digits_before
    if entry.reading is not None:
        return consumption(start, entry.reading, digits_before=digits).litres, entry.reading
    used = entry.used or 0
    return used, (start + used) % capacity_of(digits)


def kind(
    name: str,
    title: str,
    read: Read,
    needs: tuple[str, ...],
    others: tuple[str, ...],
    amount: Callable[[Row], int] | None = None,
) -> Kind:
    """Return a kind whose rows are months, looked at many at once."""
    return Kind(
        name,
        title,
        needs,
        others,
        judge=lambda rows: check_many(read, rows),
        write=lambda rows, now, by: apply_many(read, rows, now, by),
        key=lambda row: (*columns("meter_serial", "account")(row), _order(row) or row.get("month", "")),
        also={"consumer_number": "account", "consumption": "used_m3"},
        order=_order,
        amount=amount,
        unit="m3" if amount else "",
    )


KINDS = (
    kind(
        "history",
        _("Iepriekšējie rādījumi"),
        entry_of_history,
        ("meter_serial", "month", "reading_m3"),
        ("quality", "last_billed_m3", "estimates_in_row"),
    ),
    kind(
        "consumption",
        _("Iepriekšējais patēriņš"),
        entry_of_use,
        ("account", "month", "used_m3"),
        ("year", "meter_serial"),
        lambda row: litres(row, "used_m3"),
    ),
)
