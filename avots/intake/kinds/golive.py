"""Going live: months billed before, opening balances, and verified e-mail addresses."""

from datetime import datetime

from avots.billing.actions import open_balance
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.customers import actions as customers
from avots.customers.models import Access, CustomerAccount
from avots.customers.queries import occupancy_of
from avots.intake.kinds.kind import Kind, Row, cents, litres, needed, whole
from avots.ledger.models import Posting
from avots.meters.models import MeterInstallation
from avots.meters.rules import consumption
from avots.readings.actions import plan_round, record_past_reading
from avots.usage.actions import OpeningTile, open_books
from avots.usage.models import Usage


def _installation(row: Row) -> MeterInstallation:
    serial = needed(row, "meter_serial")
    standing = MeterInstallation.objects.filter(meter__serial=serial, removed_on=None)
    found = standing.select_related("meter__register", "usage_point__premise").first()
    if found is None:
        raise Refused("row_unknown_meter", text=serial)
    return found


def _month(row: Row) -> Month:
    text = needed(row, "month")
    try:
        return Month.parse(text)
    except ValueError:
        raise Refused("row_bad_date", column="month", text=text) from None


def check_history(row: Row) -> bool:
    installation, month = _installation(row), _month(row)
    reading = litres(row, "reading_m3")
    if row.get("quality", "A").upper() not in {"", "A", "E"}:
        raise Refused("row_bad_choice", column="quality", text=row["quality"])
    whole(row, "estimates_in_row", 0)
    if row.get("last_billed_m3") and litres(row, "last_billed_m3") != reading:
        raise Refused("row_last_billed_differs", text=row["last_billed_m3"])
    digits = installation.meter.register.digits_before
    if consumption(installation.start_litres, reading, digits_before=digits).litres < 0:
        raise Refused("row_reading_falls", text=row["reading_m3"])
    return not Usage.objects.filter(installation=installation, round__first_day=month.first_day).exists()


def apply_history(row: Row, now: datetime, by: By) -> object:
    """Write one billed month of a meter: its tile, and its reading when it was a real one."""
    installation, month, to_litres = _installation(row), _month(row), litres(row, "reading_m3")
    round = plan_round(month, now=now, by=by)
    before = Usage.objects.filter(installation=installation, round__first_day__lt=month.first_day)
    last = before.order_by("-round__first_day").first()
    from_litres = last.to_litres if last else installation.start_litres
    estimated = row.get("quality", "A").upper() == "E"
    misses = ((last.misses if last else 0) + 1) if estimated else 0
    if row.get("estimates_in_row") and whole(row, "estimates_in_row", 0) != misses:
        raise Refused("row_estimates_differ", text=row["estimates_in_row"])
    premise = installation.usage_point.premise
    living = occupancy_of(premise, on=month.last_day) if premise else None
    if not estimated:
        record_past_reading(installation, round, litres=to_litres, now=now, by=by)
    tile = OpeningTile(
        round_id=round.pk,
        usage_point_id=installation.usage_point_id,
        installation_id=installation.pk,
        premise_id=premise.pk if premise else None,
        account_id=living.account_id if living else None,
        from_litres=from_litres,
        to_litres=to_litres,
        estimated=estimated,
        misses=misses,
    )
    return open_books([tile])


def _account(row: Row) -> CustomerAccount:
    number = needed(row, "account")
    found = CustomerAccount.objects.filter(number=number).first()
    if found is None:
        raise Refused("row_unknown_account", text=number)
    return found


def check_balance(row: Row) -> bool:
    amount, account = cents(row, "balance_eur"), _account(row)
    return bool(amount) and not Posting.objects.filter(key=f"opening:{account.number}").exists()


def apply_balance(row: Row, now: datetime, by: By) -> object:
    open_balance(_account(row), cents=cents(row, "balance_eur"), on=local_day(now), now=now, by=by)
    return row


def check_email(row: Row) -> bool:
    email = needed(row, "verified_email")
    if "@" not in email or " " in email:
        raise Refused("row_bad_email", text=email)
    return not Access.objects.filter(account=_account(row), user__email=email.lower(), ends_on=None).exists()


def apply_email(row: Row, now: datetime, by: By) -> object:
    """Admit the person of a verified address: the next sign-in is by code, without registering."""
    account = _account(row)
    user = customers.admit(row["verified_email"], name=account.party.name, now=now, by=by)
    on = local_day(now)
    customers.give_access(user, account, kind=Access.Kind.HOLDER, on=on, now=now, by=by)
    return user


KINDS = (
    Kind(
        "history",
        ("meter_serial", "month", "reading_m3"),
        ("quality", "last_billed_m3", "estimates_in_row"),
        check_history,
        apply_history,
    ),
    Kind("balances", ("account", "balance_eur"), (), check_balance, apply_balance),
    Kind("emails", ("account", "verified_email"), (), check_email, apply_email),
)
