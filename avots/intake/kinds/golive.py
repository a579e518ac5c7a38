"""Going live: opening balances, and verified e-mail addresses."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from avots.billing.actions import open_balance
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers import actions as customers
from avots.customers.models import Access, CustomerAccount
from avots.intake.kinds.kind import Row, cents, columns, needed, row_kind
from avots.ledger.models import Posting


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
    row_kind(
        "balances",
        _("Sākuma atlikumi"),
        ("account", "balance_eur"),
        (),
        check_balance,
        apply_balance,
        key=columns("account"),
        amount=lambda row: cents(row, "balance_eur"),
        unit="EUR",
    ),
    row_kind(
        "emails",
        _("Pārbaudītie e-pasti"),
        ("account", "verified_email"),
        (),
        check_email,
        apply_email,
        key=columns("account", "verified_email"),
    ),
)
