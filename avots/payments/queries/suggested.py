"""Accounts a waiting payment may be for: looked up by everything its words, payer and amount say."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from avots.billing.models import Invoice
from avots.customers.models import CustomerAccount, Occupancy
from avots.payments import rules
from avots.payments.models import BankEntry, Payment
from avots.payments.queries.settled import open_amounts
from avots.payments.rules.matching import is_iban
from avots.payments.rules.suggesting import STEM, plain_words

MOST_LOOKED_AT = 60
MONTHS_BACK = 6


def suggestions(entry: BankEntry, *, on: date) -> list[rules.Suggestion]:
    """Return the likeliest accounts of a waiting entry, best first, each with its reasons."""
    times = _times(entry.iban)
    accounts = _looked_up(entry, list(times), on)
    candidates = _candidates(accounts, times, on)
    words = f"{entry.reference} {entry.text}"
    return rules.suggest(cents=abs(entry.cents), party=entry.party, text=words, candidates=candidates)


def _times(iban: str) -> Counter[int]:
    """Return how often a payment from this IBAN was for each account."""
    if not is_iban(iban):
        return Counter()
    rows = Payment.objects.standing().filter(entry__iban=iban, entry__teaches=True)
    return Counter(rows.values_list("account_id", flat=True))


def _looked_up(entry: BankEntry, payers: list[int], on: date) -> list[CustomerAccount]:
    """Return the accounts that anything in the entry points to, the surer ways first."""
    said = plain_words(f"{entry.reference} {entry.text}")
    names = [word for word in [*plain_words(entry.party), *said] if len(word) >= STEM and word.isalpha()]
    by_name, by_street = Q(), Q()
    for word in names[:12]:
        by_name |= Q(party__search__contains=word[: max(STEM, len(word) - 2)])
        by_street |= Q(occupancy__premise__building__search__contains=word)
    numbers = [word for word in said if word.isdigit()]
    ends = Q()
    for number in (number for number in numbers if len(number) >= 5):
        ends |= Q(number__endswith=number)
    invoiced = Invoice.objects.filter(state=Invoice.State.ISSUED)
    recent = invoiced.filter(issued_on__gte=date(on.year - 1, on.month, 1))
    ways: list[Iterable[int]] = [
        payers,
        CustomerAccount.objects.filter(number__in=[*numbers, "".join(numbers)]).values_list("pk", flat=True),
        invoiced.filter(ends).values_list("account_id", flat=True)[:10] if ends else [],
        _flats(by_street, numbers, on) if by_street else [],
        recent.filter(total_cents=abs(entry.cents)).order_by("-issued_on").values_list("account_id", flat=True)[:20],
        CustomerAccount.objects.filter(by_name).values_list("pk", flat=True)[:30] if by_name else [],
    ]
    found = list(dict.fromkeys(pk for way in ways for pk in way))[:MOST_LOOKED_AT]
    return list(CustomerAccount.objects.filter(pk__in=found).select_related("party"))


def _flats(by_street: Q, numbers: list[str], on: date) -> Iterable[int]:
    """Return the accounts of flats in the named streets whose house and flat are among the numbers."""
    rows = CustomerAccount.objects.filter(by_street, occupancy__premise__building__house__in=numbers)
    return rows.filter(occupancy__premise__number__in=["", *numbers]).values_list("pk", flat=True)[:20]


def _candidates(accounts: list[CustomerAccount], times: Counter[int], on: date) -> list[rules.Candidate]:
    homes = {}
    held = Occupancy.objects.filter(account__in=accounts).select_related("premise__building")
    for row in held.order_by("starts_on", "pk"):
        homes[row.account_id] = row.premise
    owed = open_amounts(accounts)
    numbers: dict[int, list[str]] = {account.pk: [] for account in accounts}
    issued = Invoice.objects.filter(account__in=accounts, state=Invoice.State.ISSUED)
    for pk, number in issued.values_list("account_id", "number"):
        numbers[pk].append(str(number))
    return [
        rules.Candidate(
            account=account.pk,
            number=account.number,
            name=account.party.name,
            street=homes[account.pk].building.street if account.pk in homes else "",
            house=homes[account.pk].building.house if account.pk in homes else "",
            flat=homes[account.pk].number if account.pk in homes else "",
            owed=owed[account.pk],
            invoices=tuple(numbers[account.pk]),
            times=times[account.pk],
            strange=bool(times),
        )
        for account in accounts
    ]
