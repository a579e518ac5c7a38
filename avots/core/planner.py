"""What PostgreSQL's planner is told by every connection."""

from typing import Any

from django.db.backends.signals import connection_created

# A utility's tables stand in memory or on a disk without a head. With the cost of 4 that PostgreSQL assumes for
# a page out of turn it reads all meters for ten houses; and compiling a page's query takes longer than the query.
TOLD = "SET random_page_cost = 1.1; SET jit = off"


def register() -> None:
    """Tell it whenever a connection opens, so that no administrator has to."""
    connection_created.connect(_tell, dispatch_uid="planner")


def _tell(connection: Any, **_: object) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(TOLD)
