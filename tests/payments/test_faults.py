"""However a bank sends its days, each true payment is booked once: none twice, none dropped (quality.md 5.3: 15)."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from avots.core.errors import Refused
from avots.payments.models import BankEntry
from tests.payments.bank import ANNA, KARLIS, Pay, camt, message, statement
from tests.payments.test_statements import books_are_right, take

MONDAY = date(2026, 12, 7)


def truth(random: Random) -> dict[str, list[Pay]]:
    """Days with twins, with and without the bank's references, batches, and references used again."""
    days = {}
    for n in range(3):
        day = str(MONDAY + timedelta(days=n))
        pays = []
        for at in range(random.randint(1, 5)):
            cents = random.choice([500, 500, 700, -300])
            ref = random.choice(["", "", f"B{at}", f"C{n}{at}"])
            iban = random.choice([ANNA, KARLIS])
            pay = Pay(cents, random.choice(["par ūdeni", "x"]), ref, iban=iban, day=day)
            if cents == 700:
                pay.parts = [Pay(300, "a"), Pay(400, "b")]
            pays += [pay] * (random.choice([1, 1, 2]) if not ref else 1)
        days[day] = pays
    return days


def files(days: dict[str, list[Pay]], random: Random) -> list[bytes]:
    """Each day in one statement or in two halves; maybe spans over days; everything maybe again."""
    names, opening, at = list(days), {}, 100_000
    for day in names:
        opening[day] = at
        at += sum(pay.cents for pay in days[day])
    made = []
    for day in names:
        pays = days[day]
        sums = [sum(pay.cents for pay in pays[:at]) for at in range(len(pays) + 1)]
        # A half that holds something but moves nothing cannot be told from its neighbours (rules.chain.linked).
        cut = random.choice([at for at in range(len(sums)) if sums[at] not in {0, sums[-1]} or at in {0, len(pays)}])
        half = opening[day] + sum(pay.cents for pay in pays[:cut])
        halves = [camt(day, *pays[:cut], opening=opening[day]), camt(day, *pays[cut:], opening=half)]
        whole = [camt(day, *pays, opening=opening[day])]
        made += random.choice([halves, whole, [*whole, *halves]])
    if random.random() < 0.5:  # else nothing brings what the halves may have dropped
        first, last = sorted(random.sample(range(3), 2))
        span = [pay for day in names[first : last + 1] for pay in days[day]]
        made.append(camt(names[first], *span, opening=opening[names[first]], to=names[last]))
        made.append(message(*(statement(day, *days[day], opening=opening[day]) for day in names)))
    random.shuffle(made)
    return [*made, *(one.replace(b"><", b">\n<") for one in made if random.random() < 0.4)]


def book_all(seed: int) -> None:
    random = Random(seed)
    days = truth(random)
    for data in files(days, random):
        take(data)
    expected = Counter((day, pay.cents) for day, pays in days.items() for pay in pays)
    booked: Counter[tuple[str, int]] = Counter()
    for day, key, cents in BankEntry.objects.values_list("booked_on", "entry_key", "cents"):
        booked[str(day), key] += cents
    assert Counter((day, cents) for (day, _), cents in booked.items()) == expected, f"seed {seed}"
    assert books_are_right(), f"seed {seed}"


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_no_payment_is_doubled_or_dropped(seed):
    book_all(seed)


@pytest.mark.drill
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12, 200))
def test_no_payment_is_doubled_or_dropped_in_many_ways(seed):
    book_all(seed)


def mangled(data: bytes, random: Random) -> bytes:
    """Return a file cut, swapped, repeated or changed somewhere."""
    at, to = sorted(random.sample(range(len(data)), 2))
    change = random.choice(["cut", "drop", "repeat", "byte", "swap"])
    if change == "cut":
        return data[:at]
    if change == "drop":
        return data[:at] + data[to:]
    if change == "repeat":
        return data[:to] + data[at:]
    if change == "byte":
        return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
    middle = (at + to) // 2
    return data[:at] + data[middle:to] + data[at:middle] + data[to:]


def take_mangled(seeds: range) -> None:
    """A mangled file is refused whole or adds up; nothing else happens."""
    good = camt("2026-12-14", Pay(1915, "par ūdeni", "B1"), Pay(-500, "alga", "B2"), opening=10_000)
    for seed in seeds:
        try:
            take(mangled(good, Random(seed)), ours=True)
        except Refused:
            continue
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    assert books_are_right()


@pytest.mark.django_db
def test_a_mangled_file_is_refused_or_right():
    take_mangled(range(300))


@pytest.mark.drill
@pytest.mark.django_db
def test_many_mangled_files_are_refused_or_right():
    take_mangled(range(300, 20_000))
