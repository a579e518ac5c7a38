"""What an issued invoice shows, copied in and frozen: the shapes of ``Invoice.content`` and ``Invoice.printed``."""

from typing import Any, NotRequired, TypedDict

# The version of the layout that new invoices are given; an earlier one stays for those issued with it.
TEMPLATE = 1


class Buyer(TypedDict):
    name: str
    address: str
    account: str
    registration_number: str
    vat_number: str


class MeterRow(TypedDict):
    """One meter's tile: litres = to - from (- what was borne as a share before)."""

    serial: str
    place: str
    commodity: str
    digits_before: int
    digits_after: int
    from_litres: int
    from_on: str
    from_estimated: bool
    to_litres: int
    read_on: str
    litres: int
    shared_before_litres: int
    method: str
    misses: int
    average_of: list[int]
    rolled_over: bool
    rolled_back: NotRequired[bool]
    invalid: NotRequired[bool]
    removed: bool
    verified_until: str
    replace_by: str


class LineRow(TypedDict):
    """Quantity times price, with the decision the price comes from and the day it started."""

    service: str
    part: str
    quantity: int
    price_100k: int
    net_cents: int
    price_from: str
    decision: str


class BuildingBlock(TypedDict):
    """The block MK 1013 requires: the building's use, its difference, and this share."""

    address: str
    intake_litres: int
    units_litres: int
    common_litres: int
    difference_litres: int
    difference_permille: int
    carried_in_litres: int
    carried_out_litres: int
    shared_litres: int
    sharing: str
    units: int
    estimated_units: int
    share_litres: int
    stage1_litres: int
    common_share_litres: int


class HistoryRow(TypedDict):
    month: str
    cold: int
    hot: int
    estimated: bool


class Corrects(TypedDict):
    """The invoice a document corrects, why, and the credit note that took it back."""

    number: str
    issued_on: str
    reason: str
    text: str
    credit: str
    anew: str


class Content(TypedDict):
    seller: dict[str, str]
    buyer: Buyer
    premises: list[str]
    month: str
    meters: list[MeterRow]
    lines: list[LineRow]
    building: BuildingBlock | None
    history: list[HistoryRow]
    max_estimates: int
    thanks: NotRequired[str]
    corrects: NotRequired[Corrects]


class HomeReport(TypedDict):
    """A home that reports in the next round: what its personal link stands for, and its coupons."""

    premise: str
    link: dict[str, int]
    coupons: list[dict[str, Any]]


class NextReport(TypedDict):
    """When and how the next readings are reported."""

    month: str
    first_on: str
    last_on: str
    mailbox: str
    collected_on: str
    homes: list[HomeReport]


class Printed(TypedDict):
    """What only the paper shows, fixed when the invoice is issued: the shape of ``Invoice.printed``.

    ``before`` is the key of the invoice it is compared with, which is as frozen as this one.
    Codes and links are not here but what they are derived from (house rule: never stored).
    """

    template: int
    address: list[str]
    agreement: str
    barcode: str
    pay_qr: bool
    registration_generation: int | None
    before: int | None
    report: NextReport | None
