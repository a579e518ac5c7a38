"""What holds of every town: recomputed, replayed, without problems, and added up by another program."""

import csv
import io
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.management import call_command

from avots.billing.replay import places_of, replay
from avots.config.jobs import problems as invariants
from avots.ledger.models import LedgerAccount
from avots.ledger.queries import total_of
from avots.meters.models import Building
from tests.independent.invoices import Recomputed, recompute

HLEDGER = shutil.which("hledger")


@dataclass
class Proof:
    """What a town came to: how much was compared, and a sentence for each difference."""

    invoices: int = 0
    lines: int = 0
    books: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    problems: list[str] = field(default_factory=list)

    def add(self, one: Recomputed) -> None:
        self.invoices += one.invoices
        self.lines += one.lines
        self.problems += one.problems
        for code, euros in one.books.items():
            self.books[code] += int(euros * 100)


def prove() -> Proof:
    """Hold everything in this database against the second implementation, itself, and the other bookkeeper."""
    proof = recomputed()
    proof.problems += [f"replay: {what}" for place in places_of() for what in replay(place).problems]
    proof.problems += [f"invariant: {what}" for what in invariants()]
    proof.problems += books_differ(proof)
    return proof


def recomputed() -> Proof:
    proof = Proof()
    for pk in Building.objects.values_list("pk", flat=True):
        proof.add(recompute(pk))
    return proof


def books_differ(proof: Proof) -> list[str]:
    """Return what of the books is another than hledger's, and than the recomputed invoices want it."""
    ours = {code: total_of(code) for code in LedgerAccount.objects.values_list("code", flat=True)}
    ours = {code: cents for code, cents in ours.items() if cents}
    found = [f"books do not balance: {sum(ours.values())}"] if sum(ours.values()) else []
    paid = {"bank", "cash", "card"} & ours.keys()
    told = hledger_says() if HLEDGER else ours
    for code in sorted(ours.keys() | told.keys()):
        if ours.get(code) != told.get(code):
            found.append(f"{code}: books {ours.get(code)}, hledger {told.get(code)}")
    for code in sorted(code for code in ours.keys() | proof.books.keys() if not (paid and code[0] == "r")):
        billed = code == "vat" or code.startswith(("income:", "receivable:"))
        if billed and told.get(code, 0) != proof.books.get(code, 0):
            found.append(f"{code}: added up {told.get(code, 0)}, invoices recomputed {proof.books.get(code, 0)}")
    return found


def hledger_says() -> dict[str, int]:
    """Return the balance of every account in cents, as hledger adds up the exported journal."""
    journal = io.StringIO()
    call_command("export_ledger", stdout=journal)
    command = ["hledger", "-f", "-", "balance", "--flat", "--no-total", "--output-format", "csv"]
    done = subprocess.run(command, input=journal.getvalue(), capture_output=True, text=True, check=True)
    sums: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        euros = row["balance"].removesuffix(" EUR").replace(",", "")
        sign, plain = (-1, euros[1:]) if euros.startswith("-") else (1, euros)
        whole, _, part = plain.partition(".")
        sums[row["account"]] = sign * (int(whole) * 100 + int(part.ljust(2, "0") or 0))
    return {code: cents for code, cents in sums.items() if cents}
