"""How an account's statements follow each other: by day and by balance."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Link:
    """A statement in its chain."""

    key: int
    from_on: date
    to_on: date
    opening_cents: int
    closing_cents: int


@dataclass(frozen=True)
class Gap:
    """A break between two statements: banking days without one, or a balance that jumps."""

    after: date
    before: date
    days: tuple[date, ...]
    accounts: tuple[str, ...]
    off_cents: int = 0


def gaps(chains: Mapping[str, Iterable[Link]], is_banking_day: Callable[[date], bool]) -> list[Gap]:
    """Return where statements are missing, a gap of several accounts between the same days once.

    >>> one = Link(1, date(2026, 11, 5), date(2026, 11, 5), 0, 500)
    >>> two = Link(2, date(2026, 11, 9), date(2026, 11, 9), 500, 700)
    >>> [gap.days for gap in gaps({"A": [one, two]}, lambda day: day.weekday() < 5)]
    [(datetime.date(2026, 11, 6),)]
    """
    found: dict[tuple[date, date], Gap] = {}
    for account, links in sorted(chains.items()):
        for gap in _breaks(account, links, is_banking_day):
            same = found.get((gap.after, gap.before))
            accounts = (*same.accounts, account) if same else (account,)
            off = gap.off_cents or (same.off_cents if same else 0)
            found[gap.after, gap.before] = Gap(gap.after, gap.before, gap.days, accounts, off)
    return sorted(found.values(), key=lambda gap: gap.before)


def _breaks(account: str, links: Iterable[Link], is_banking_day: Callable[[date], bool]) -> Iterable[Gap]:
    latest: Link | None = None
    for link in sorted(links, key=lambda link: (link.from_on, link.to_on, link.key)):
        if latest is not None and link.from_on > latest.to_on:
            days = _days_between(latest.to_on, link.from_on, is_banking_day)
            off = link.opening_cents - latest.closing_cents
            if days or off:
                yield Gap(latest.to_on, link.from_on, days, (account,), off)
        if latest is None or link.to_on >= latest.to_on:
            latest = link


def _days_between(after: date, before: date, is_banking_day: Callable[[date], bool]) -> tuple[date, ...]:
    days = (after + timedelta(days=n) for n in range(1, (before - after).days))
    return tuple(day for day in days if is_banking_day(day))


def linked(link: Link, others: Sequence[Link]) -> list[Link]:
    """Return the statements of one's own day that stand before or after it in the chain.

    Several statements of one day follow each other when each opens with what another closed with: what
    they hold is not the same money. The same statement sent again, one over the whole day and one over
    several days are linked to nothing. Two things stay uncertain, and matter only for entries without a
    bank's reference that are equal in everything: a statement that moved nothing cannot be told from its
    neighbours, and those beyond a missing one are not seen. Then equal entries count as the same.
    """
    if link.from_on != link.to_on or link.opening_cents == link.closing_cents:
        return []
    day = [one for one in others if one.from_on == one.to_on == link.to_on and not _same(one, link)]
    return [*_followed(link, day, back=True), *_followed(link, day, back=False)]


def _followed(link: Link, others: list[Link], *, back: bool) -> list[Link]:
    chain: list[Link] = []
    at = link.opening_cents if back else link.closing_cents
    while one := next((o for o in others if _touches(o, at, back=back) and o not in chain), None):
        chain.append(one)
        at = one.opening_cents if back else one.closing_cents
    return chain


def _touches(one: Link, cents: int, *, back: bool) -> bool:
    moved = one.opening_cents != one.closing_cents
    return moved and cents == (one.closing_cents if back else one.opening_cents)


def _same(one: Link, other: Link) -> bool:
    def facts(link: Link) -> tuple[object, ...]:
        return link.from_on, link.to_on, link.opening_cents, link.closing_cents

    return facts(one) == facts(other)
