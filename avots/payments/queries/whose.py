"""Whose payments are: what their words name is looked up for many at once, then judged by the rule."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from avots.billing.models import Invoice
from avots.billing.rules import number_of
from avots.customers.models import CustomerAccount
from avots.meters.models import Meter
from avots.payments import rules
from avots.payments.models import Payment
from avots.payments.queries.settled import open_amounts
from avots.payments.rules.matching import Wanted, is_iban
from avots.payments.statements import Detail


@dataclass(frozen=True)
class Judged:
    """The account a payment certainly belongs to, and why."""

    account: CustomerAccount
    reason: str


def whose(details: Sequence[Detail]) -> list[Judged | None]:
    """Return the account of each payment of a batch, or nothing where it is not certain."""
    incoming = [incoming_of(detail) for detail in details]
    named = [rules.wanted(one) for one in incoming]
    by_words = _by_words(named)
    unnamed = {
        one.iban
        for one, words in zip(incoming, named, strict=True)
        if one.iban and not words.references and rules.match(one, by_words, named=words) is None
    }
    book = _with_payers(by_words, unnamed)
    matches = rules.match_all(zip(incoming, named, strict=True), book)
    accounts = CustomerAccount.objects.in_bulk({match.account for match in matches if match})
    return [Judged(accounts[match.account], match.reason) if match else None for match in matches]


def incoming_of(detail: Detail) -> rules.Incoming:
    """Return what the rule looks at; an account number with wrong check digits is nobody's."""
    iban = detail.iban if is_iban(detail.iban) else ""
    return rules.Incoming(detail.cents, iban, detail.reference, detail.text)


def _by_words(named: Collection[Wanted]) -> rules.Book:
    plain = {key for words in named for key in words.references | words.invoices}
    issued = Invoice.objects.filter(number__in=[number_of(key) for key in plain], state=Invoice.State.ISSUED)
    invoices = {
        str(number).replace("-", ""): account for number, account in issued.values_list("number", "account_id")
    }
    return rules.Book(invoices=invoices, accounts=_accounts({key for words in named for key in words.numbers}))


def _accounts(numbers: Collection[str]) -> dict[str, int]:
    """Return the accounts of these numbers, but for a number that is also on a meter: it may mean that."""
    if not numbers:
        return {}
    found = dict(CustomerAccount.objects.filter(number__in=numbers).values_list("number", "pk"))
    for serial in Meter.objects.filter(serial__in=list(found)).values_list("serial", flat=True):
        found.pop(serial, None)
    return found


def _with_payers(book: rules.Book, ibans: Collection[str]) -> rules.Book:
    if not ibans:
        return book
    payers = payers_of(ibans)
    only = {account for accounts in payers.values() if len(accounts) == 1 for account in accounts}
    owed = open_amounts(CustomerAccount.objects.filter(pk__in=only))
    return rules.Book(book.invoices, book.accounts, payers, owed)


def payers_of(ibans: Collection[str]) -> dict[str, frozenset[int]]:
    """Return, by account number at a bank, the accounts for which payments came from it."""
    rows = Payment.objects.standing().filter(entry__iban__in=ibans, entry__teaches=True)
    found: dict[str, set[int]] = defaultdict(set)
    for iban, account in rows.order_by().values_list("entry__iban", "account_id").distinct():
        found[str(iban)].add(account)
    return {iban: frozenset(accounts) for iban, accounts in found.items()}
