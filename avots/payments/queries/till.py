"""What a desk took on a day, and who may be paying."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Q, Sum, When

from avots.billing.models import Invoice
from avots.customers.queries import Found, search
from avots.payments.models import CashReceipt, DeskDay, Payment


@dataclass(frozen=True)
class DeskTotals:
    """What a desk took and gave on a day, in cents; cards never lie in the drawer."""

    float_cents: int
    cash_in: int
    cash_out: int
    card_in: int
    card_out: int
    receipts: int

    @property
    def expected_cents(self) -> int:
        return self.float_cents + self.cash_in - self.cash_out


def desk_totals(day: DeskDay) -> DeskTotals:
    """Return a desk's day in sums, added up from its receipts."""
    back = Case(When(reverses=None, then=0), default=1)
    rows = CashReceipt.objects.filter(desk_day=day).values_list("payment__channel", back)
    sums: dict[tuple[str, int], int] = {}
    receipts = 0
    for channel, out, cents, count in rows.annotate(Sum("payment__cents"), Count("pk")).order_by():
        sums[channel, out] = cents
        receipts += count
    cash, card = Payment.Channel.CASH, Payment.Channel.CARD
    return DeskTotals(
        float_cents=day.float_cents,
        cash_in=sums.get((cash, 0), 0),
        cash_out=sums.get((cash, 1), 0),
        card_in=sums.get((card, 0), 0),
        card_out=sums.get((card, 1), 0),
        receipts=receipts,
    )


def payers(text: str, *, on: date, limit: int = 30) -> list[Found]:
    """Return who may be meant at the desk: by invoice number or its reference, else as customers are found."""
    typed = text.strip().upper()
    invoice = Invoice.objects.filter(Q(number=typed) | Q(reference=typed.replace(" ", "")), number__isnull=False)
    known = invoice.select_related("account__party", "premise__building").first() if typed else None
    return [Found(known.account, known.premise)] if known else search(text, on=on, limit=limit)
