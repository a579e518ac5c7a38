"""hordak's postings: run by bench/ledger.py in ``.venv-bench``, in a database of its own; prints legs/CPU-s."""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings

URL = os.environ["DATABASE_URL"]
PARTS = urlsplit(URL)
NAME = "bench_hordak"


def start() -> None:
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{NAME}"')
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": NAME,
                "USER": PARTS.username,
                "PASSWORD": PARTS.password or "",
                "HOST": PARTS.hostname,
                "PORT": PARTS.port or "",
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def cpu() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    used = resource.getrusage(resource.RUSAGE_SELF)
    backend = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used.ru_utime + used.ru_stime + backend


def legs_a_second(act: Callable[[], int]) -> float:
    from django.db import transaction

    before = cpu()
    with transaction.atomic():
        legs = act()
    return legs / (cpu() - before)


def main(count: int) -> None:
    start()
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    owed = Account.objects.create(name="Receivable", code="1", type="AS", currencies=["EUR"])
    income = Account.objects.create(name="Income", code="2", type="IN", currencies=["EUR"])

    def one_by_one() -> int:
        for _ in range(count // 2):
            income.transfer_to(owed, Money("2.86", "EUR"))
        return count

    def in_bulk() -> int:
        made = Transaction.objects.bulk_create(Transaction(description=str(n)) for n in range(count // 2))
        fields = {field.name for field in Leg._meta.get_fields()}
        legs = []
        for one in made:
            if "debit" in fields:
                legs.append(Leg(transaction=one, account=owed, debit=Money("2.86", "EUR")))
                legs.append(Leg(transaction=one, account=income, credit=Money("2.86", "EUR")))
            else:
                legs.append(Leg(transaction=one, account=owed, amount=Money("-2.86", "EUR")))
                legs.append(Leg(transaction=one, account=income, amount=Money("2.86", "EUR")))
        Leg.objects.bulk_create(legs)
        return count

    print(json.dumps([legs_a_second(one_by_one), legs_a_second(in_bulk)]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
