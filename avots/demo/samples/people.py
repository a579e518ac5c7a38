"""What the sample towns share: their staff, and a register that comes in as one workbook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from avots.core import sheets
from avots.core.audit import By
from avots.customers.models import RoleGrant
from avots.demo.register import Registrar
from avots.intake import actions, queries
from avots.tariffs.actions import load_history

Say = Callable[[str], object]
BY = By("job", "samples")


@dataclass(frozen=True)
class Staff:
    """Who acts for the utility."""

    clerk: By
    accountant: By
    lead: By


def staff(since: date, now: datetime) -> Staff:
    """Admit the staff and put the tariffs in force; the second time they are found."""
    load_history(now=now, by=BY)
    people = Registrar(since, now, Random(1)).staff()
    by_role = dict(RoleGrant.objects.filter(user__in=people.values()).values_list("role", "user_id"))
    return Staff(*(By("staff", by_role[role]) for role in ("clerk", "accountant", "lead")))


def register(name: str, tables: Sequence[sheets.Sheet], *, now: datetime, say: Say) -> None:
    """Write a register through the import, as one workbook; each row must be taken.

    :raises ValueError: when a row was not
    """
    item = actions.stage(name, sheets.to_workbook(tables), now=now, by=BY)
    actions.apply(item, now=now, by=BY)
    counts = queries.counts_of(item)
    if set(counts) - {"applied", "same"}:
        raise ValueError(f"{name}: {counts}")
    say(f"{name}: {sum(counts.values())} rows in {len(tables)} sheets through the import")
