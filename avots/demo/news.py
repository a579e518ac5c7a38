"""What the town's utility tells its customers at its present: announcements, and days with other hours."""

from datetime import date, datetime, timedelta

from avots.core.audit import By
from avots.core.dates import local_day
from avots.meters.models import Building
from avots.service import actions
from avots.service.actions import Text


def tell(*, now: datetime, by: By) -> None:
    """Announce work in one street and news for everybody, and shorten the days before Christmas."""
    today = local_day(now)
    street = Building.objects.order_by("walking_order").values_list("street", flat=True)[0]
    works = Text(
        kind="planned",
        title="Ūdens nebūs no plkst. 9.00 līdz 12.00",
        text="Mainām cauruli pie iebrauktuves. Sagatavojiet ūdeni dzeršanai.",
        place=street,
        starts_on=today,
        last_on=today + timedelta(days=3),
    )
    news = Text(
        kind="news",
        title="Rādījumus var paziņot arī bez pieslēgšanās",
        text="Izmantojiet saiti atgādinājuma vēstulē.",
        place="",
        starts_on=today - timedelta(days=5),
        last_on=today + timedelta(days=10),
    )
    for name, text in (("works", works), ("news", news)):
        actions.announce(text, key=f"demo:{name}", now=now, by=by)
    for day in (23, 30):
        on = date(today.year, 12, day)
        actions.set_special_day(on, hours="8-14", note="saīsināta diena", now=now, by=by)
