"""Invariants of litres (quality.md 5.2: 8, 9, 10, 15)."""

from collections import Counter

from django.db.models import F, Q, Sum, Window
from django.db.models.functions import Coalesce, Lag

from avots.core.volume import capacity_of
from avots.usage.models import BookedCorrection, BuildingMonth, Usage


def tiles_meet() -> list[str]:
    """Return meters with a gap or an overlap between the months they were billed for."""
    before = Window(Lag("to_litres"), partition_by="installation_id", order_by=["round__first_day", "part"])
    rows = Usage.objects.annotate(before=before).values_list("installation_id", "from_litres", "before")
    return [
        f"installation {inst}: billed from {start}, but until {end} before"
        for inst, start, end in rows.iterator()
        if end is not None and end != start
    ]


def tiles_add_up() -> list[str]:
    """Return tiles whose litres are not to less from, less what was borne as a share."""
    metered = F("litres") + F("shared_before_litres") - F("to_litres") + F("from_litres")
    wrong = Usage.objects.annotate(beyond=metered).exclude(beyond=0)
    rows = wrong.values_list("pk", "basis", "beyond", "installation__meter__register__digits_before")
    return [
        f"usage {pk} does not add up"
        for pk, basis, beyond, digits in rows
        if beyond != capacity_of(digits) * (bool(basis.get("rolled_over")) - bool(basis.get("rolled_back")))
    ]


def shares_add_up() -> list[str]:
    """Return building months whose shares are not exactly what was to be shared."""
    shared = Coalesce(Sum("differenceshare__litres"), 0)
    to_share = F("shared_litres") + F("common_litres")
    rows = BuildingMonth.objects.exclude(sharing="payer").annotate(s=shared, to_share=to_share)
    return [
        f"building month {month.pk}: shares {month.s}, to share {month.to_share}"
        for month in rows.exclude(s=F("to_share"))
    ]


def causes_add_up() -> list[str]:
    """Return building months whose causes are not exactly what the flats' meters did not see."""
    rows = BuildingMonth.objects.exclude(anatomy=[]).values_list("pk", "intake_litres", "units_litres", "anatomy")
    return [
        f"building month {pk}: causes {found}, gap {intake - units}"
        for pk, intake, units, parts in rows.iterator()
        if (found := sum(part["litres"] for part in parts)) != intake - units
    ]


def billed_litres_are_the_intake() -> list[str]:
    """Return buildings whose billed litres are not intake plus the balance carried and waived."""
    sums = BuildingMonth.objects.values("building_id").annotate(
        intake=Sum("intake_litres"),
        billed=Sum("units_litres") + Sum("common_litres") + Sum("shared_litres") + Sum("waived_litres"),
    )
    last = dict(BuildingMonth.objects.order_by("round__first_day").values_list("building_id", "carried_out_litres"))
    first = dict(BuildingMonth.objects.order_by("-round__first_day").values_list("building_id", "carried_in_litres"))
    return [
        f"building {row['building_id']}: intake {row['intake']}, billed {row['billed']}"
        for row in sums.order_by()
        if row["intake"] != row["billed"] + last[row["building_id"]] - first[row["building_id"]]
    ]


def months_carry_on() -> list[str]:
    """Return months that do not carry in what the month before carried out."""
    before = Window(Lag("carried_out_litres"), partition_by="building_id", order_by="round__first_day")
    rows = BuildingMonth.objects.annotate(before=before).values_list("pk", "carried_in_litres", "before")
    return [
        f"building month {pk} carries in {into}, the month before carried out {out}"
        for pk, into, out in rows
        if out is not None and out != into
    ]


def tiles_are_what_was_billed() -> list[str]:
    """Return issued months whose flats' litres are not their tiles, with what was put right the month before.

    A tile slipped into an issued month that no booked correction explains is found here.
    """
    own = Q(usage__usage_point__role="unit", usage__bookedcorrection=None)
    sums = BuildingMonth.objects.filter(final=True).annotate(tiles=Coalesce(Sum("usage__litres", filter=own), 0))
    rows = sums.order_by("building_id", "round__first_day").values_list(
        "pk", "building_id", "round_id", "units_litres", "tiles"
    )
    booked: Counter[tuple[int, int]] = Counter()
    for building, of_round, litres in BookedCorrection.objects.values_list("building_id", "round_id", "litres"):
        booked[building, of_round] += litres
    found, before = [], (0, 0)
    for pk, building, of_round, units, tiles in rows.iterator():
        expected = tiles + (booked[before] if before[0] == building else 0)
        if units != expected:
            found.append(f"building month {pk}: billed {units} litres of flats, its tiles say {expected}")
        before = (building, of_round)
    return found
