"""All that is held about a person, in one go: for another program, and to read."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from avots.billing.queries import invoices_of
from avots.core.models import AuditEntry
from avots.customers.models import Access, Consent, CustomerAccount, Occupancy, SignIn, User
from avots.customers.queries import sessions_of
from avots.outbox.models import Message
from avots.payments.models import Payment
from avots.readings.models import Reading
from avots.ui.formats import eur_bare
from avots.ui.names import NAMES, name_of

Row = dict[str, Any]
GROUPS = ("party", "access", "channel", "wish", "verb", "actor", "reading", "message")
OF_PARTY = ("name", "kind", "email", "phone", "address", "language")


def all_of(user: User, *, on: date) -> dict[str, Any]:
    """Return a person's own data, and of each account they hold what it says; a helper gets their own alone."""
    living = Access.objects.valid(on=on).filter(user=user).select_related("account__party")
    messages = Message.objects.filter(to=user.email).order_by("pk")
    return {
        "user": _user(user),
        "accounts": [_account(one.account) for one in living.order_by("pk") if one.kind == Access.Kind.HOLDER],
        "acts_for": [_access(one) for one in Access.objects.filter(user=user).select_related("account")],
        "consents": list(Consent.objects.filter(user=user).values("purpose", "choice", "version", "at", "by")),
        "signed_in": [_session(row) for row in sessions_of(user)],
        "messages": list(messages.values("queued_at", "subject", "state")),
        "changes": _changes(f"user:{user.pk}"),
    }


def _session(row: SignIn) -> Row:
    return {"device": row.device, "since": row.started_at, "seen": row.seen_at}


def _user(user: User) -> Row:
    return {"email": user.email, "name": user.name, "language": user.language, "joined": user.joined_at}


def _access(access: Access) -> Row:
    facts = {"account": access.account.number, "kind": access.kind}
    return {**facts, "from": access.starts_on, "until": access.ends_on}


def _account(account: CustomerAccount) -> Row:
    party = account.party
    return {
        "number": account.number,
        "customer": {name: getattr(party, name) for name in OF_PARTY},
        "delivery": {"by": account.delivery, "to": account.invoice_email},
        "homes": [_home(row) for row in _occupancies(account)],
        "readings": list(_readings(account)),
        "invoices": [_invoice(row) for row in invoices_of(account).order_by("number")],
        "payments": list(_payments(account)),
        "changes": _changes(f"account:{account.number}"),
    }


def _payments(account: CustomerAccount) -> Any:
    rows = Payment.objects.filter(account=account).order_by("pk")
    return rows.values("received_on", "cents", "channel", "reference")


def _occupancies(account: CustomerAccount) -> Any:
    return Occupancy.objects.filter(account=account).select_related("premise__building").order_by("starts_on")


def _home(row: Occupancy) -> Row:
    return {"address": row.premise.address, "from": row.starts_on, "until": row.ends_on}


def _readings(account: CustomerAccount) -> Iterator[Row]:
    """Yield what the account itself told; what its home's earlier people told is not theirs."""
    rows = Reading.objects.filter(receipt__account=account).select_related("installation__meter", "receipt")
    for row in rows.order_by("received_at", "pk"):
        facts = {"number": row.receipt.reference if row.receipt else "", "meter": row.installation.meter.serial}
        yield {**facts, "litres": row.litres, "read_on": row.read_on, "received": row.received_at, "state": row.state}


def _invoice(invoice: Any) -> Row:
    facts = {"number": invoice.number, "month": invoice.first_day, "cents": invoice.total_cents}
    return {**facts, "due": invoice.due_on, "content": invoice.content}


def _changes(subject: str) -> list[Row]:
    """Return who did what; staff by their role only, as "staff"."""
    rows = AuditEntry.objects.filter(subject=subject).order_by("pk").values_list("at", "verb", "by")
    return [{"at": at, "what": verb, "by": by.partition(":")[0]} for at, verb, by in rows]


def tables(data: dict[str, Any]) -> list[tuple[str, list[str], list[list[object]]]]:
    """Return the data as titled tables, for people; an invoice's lines stand on its own page."""
    parts = [(_("Jūs"), [data["user"]])]
    for account in data["accounts"]:
        number = account["number"]
        parts += [(f"{_('Klients')} {number}", [account["customer"]])]
        titled = {"homes": _("Adreses"), "readings": _("Rādījumi"), "invoices": _("Rēķini")}
        titled |= {"payments": _("Maksājumi"), "changes": _("Kas darīts ar kontu")}
        parts += [(f"{title} ({number})", account[key]) for key, title in titled.items()]
    titled = {"acts_for": _("Ar kādiem kontiem rīkojaties"), "consents": _("Jūsu lūgumi"), "signed_in": _("Ierīces")}
    titled |= {"messages": _("Vēstules"), "changes": _("Kas darīts ar jūsu lietotāju")}
    parts += [(title, data[key]) for key, title in titled.items()]
    return [(title, *_table(rows)) for title, rows in parts if rows]


def _table(rows: list[Row]) -> tuple[list[str], list[list[object]]]:
    names = [name for name in rows[0] if name != "content"]
    headings = _headings()
    return [headings[name] for name in names], [[_shown(name, row[name]) for name in names] for row in rows]


def _shown(name: str, value: Any) -> object:
    """Return a value as people read it: money in euros, our own codes in words."""
    if name == "cents":
        return f"{eur_bare(value, (get_language() or 'lv')[:2])} EUR"
    group = next((group for group in GROUPS if isinstance(value, str) and value in NAMES[group]), "")
    if group:
        return name_of(value, group)
    return "—" if value is None or value == "" else value


def _headings() -> dict[str, str]:
    """Return the column headings in the reader's language."""
    return {
        "email": _("E-pasts"),
        "name": _("Vārds"),
        "language": _("Valoda"),
        "joined": _("Kopš"),
        "kind": _("Veids"),
        "phone": _("Tālrunis"),
        "address": _("Adrese"),
        "from": _("No dienas"),
        "until": _("Līdz"),
        "number": _("Numurs"),
        "meter": _("Skaitītājs"),
        "litres": _("Litri"),
        "read_on": _("Nolasīts"),
        "received": _("Saņemts"),
        "state": _("Stāvoklis"),
        "month": _("Mēnesis"),
        "cents": _("Summa"),
        "due": _("Termiņš"),
        "received_on": _("Saņemts"),
        "channel": _("Veids"),
        "reference": _("Norāde"),
        "at": _("Kad"),
        "what": _("Kas"),
        "by": _("Kurš"),
        "account": _("Klients"),
        "purpose": _("Par ko"),
        "choice": _("Izvēle"),
        "version": _("Teksta laidiens"),
        "device": _("Ierīce"),
        "since": _("Kopš"),
        "seen": _("Pēdējo reizi"),
        "queued_at": _("Kad"),
        "subject": _("Temats"),
    }
