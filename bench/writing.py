"""P2: writing a month's rows; beside bulk_create of the same rows and the database's own bulk load.

    python bench/writing.py [LINES]

The rows are invoice lines with all their constraints valid at the end; DATABASE_URL chooses the database.
"""

import sys

from tools import in_turn, load_raw, start, tell

COLUMNS = ["invoice", "position", "service", "part", "quantity", "price_100k", "net_cents"]


def main(lines: int) -> None:
    start()
    from django.db import connection, transaction

    from avots.billing.models import Invoice, InvoiceLine
    from avots.core import bulk
    from bench.population import Population

    Population(accounts=lines // 4, months=0).billed_before()
    invoices = list(Invoice.objects.values_list("pk", flat=True)[: lines // 4])
    rows = [
        (pk, position, service, "own", 3_214 + position, 89_000, 286)
        for pk in invoices
        for position, service in enumerate(("water", "sewerage", "water", "sewerage"), 11)
    ]

    def undone(write: object) -> None:
        with transaction.atomic():
            write()  # type: ignore[operator]
            transaction.set_rollback(True)

    def ours() -> None:
        bulk.insert(InvoiceLine, COLUMNS, rows)

    def django() -> None:
        InvoiceLine.objects.bulk_create(
            [
                InvoiceLine(
                    invoice_id=row[0],
                    position=row[1],
                    service=row[2],
                    part=row[3],
                    quantity=row[4],
                    price_100k=row[5],
                    net_cents=row[6],
                )
                for row in rows
            ],
            batch_size=2_000,
        )

    def raw() -> None:
        load_raw("billing_invoiceline", "invoice_id, position, service, part, quantity, price_100k, net_cents", rows)

    took = in_turn(3, *(lambda write=write: undone(write) for write in (ours, django, raw)))
    speed = [len(rows) / seconds for seconds in took]
    vendor = connection.vendor
    tell(
        f"P2_rows_{vendor}", speed[0], "rows/CPU-s", speed[0] / speed[1], f"bulk_create {speed[1]:.0f}; goal 4 times"
    )
    tell(f"P2_of_raw_{vendor}", speed[0] / speed[2], "of raw load", speed[0] / speed[2] / 0.6, f"raw {speed[2]:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
