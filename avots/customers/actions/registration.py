"""Registering by a code: prove, redeem, object; a code is asked for and sent to what is on file."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from avots.core import audit, throttles
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.throttles import Limit
from avots.customers import emails, registration
from avots.customers.actions import admit, forget_second_step, give_access, set_delivery
from avots.customers.models import Access, CodeGeneration, CodeRequest, CustomerAccount, User
from avots.customers.queries import address_on_file, code_generation_of, roles_of

PER_NUMBER = Limit("code-number", 15, timedelta(days=1))
PER_NETWORK = Limit("code-network", 30, timedelta(hours=1))
OF_ALL = Limit("code-all", 2_000, timedelta(hours=1))
ASKED_PER_NUMBER = Limit("code-asked", 1, timedelta(days=7))
ASKED_PER_NETWORK = Limit("code-asked-network", 10, timedelta(hours=1))
ASKED_OF_ALL = Limit("code-asked-all", 300, timedelta(hours=1))


@dataclass(frozen=True)
class Proof:
    """A living code was shown for this customer number; worthless once the generation has gone on."""

    number: str
    generation: int


def prove(number: str, code: str, *, network: str, now: datetime) -> Proof:
    """Return the proof that a person holds a paper of this customer; nothing is used up yet.

    An unknown number, a wrong, used, expired or foreign code cost the same work and give the same answer.

    :raises Refused: ``registration_code_typo`` when the check character shows a slip, which is no try;
        ``registration_busy`` beyond a limit; ``registration_code_wrong``
    """
    number, code = registration.typed(number)[:20], registration.typed(code)
    if not registration.is_whole(code):
        raise Refused("registration_code_typo")
    if not throttles.hit_all(((PER_NUMBER, number), (PER_NETWORK, network), (OF_ALL, "")), now=now):
        raise Refused("registration_busy")
    proof = _look(number, code, now)
    if proof is None:
        raise Refused("registration_code_wrong")
    return proof


@transaction.atomic
def _look(number: str, code: str, now: datetime) -> Proof | None:
    """Judge a code under the lock of its number; the fifth wrong one ends the codes given out so far."""
    CodeGeneration.objects.get_or_create(number=number)
    row = CodeGeneration.objects.select_for_update().get(number=number)
    fits = registration.opens(number, code, on=local_day(now), generation=row.generation)
    known = CustomerAccount.objects.filter(number=number, closed_on=None).exists()
    if fits and known:
        return Proof(number, row.generation)
    last = row.failures + 1 >= registration.TRIES
    row.generation, row.failures = (row.generation + 1, 0) if last else (row.generation, row.failures + 1)
    row.save(update_fields=["generation", "failures"])
    audit.record_refusal(now=now, by=By("visitor", "-"), verb="prove_code", subject=f"account:{number}")
    return None


@transaction.atomic
def redeem(proof: Proof, user: User, *, by_email: bool, now: datetime) -> CustomerAccount:
    """Let a user act for the account of a proof, use the code up, and tell those who acted before.

    :param by_email: switch the invoices to the user's address
    :raises Refused: ``registration_code_used`` when somebody was faster
    """
    alive = CodeGeneration.objects.filter(number=proof.number, generation=proof.generation)
    if not claim(alive, generation=F("generation") + 1, failures=0):
        raise Refused("registration_code_used")
    account = CustomerAccount.objects.select_related("party").get(number=proof.number)
    on, by = local_day(now), By("user", user.pk)
    before = Access.objects.valid(on=on).filter(account=account).exclude(user=user).exclude(kind=Access.Kind.SUBMIT)
    told = list(before.select_related("user"))
    _become_holder(user, account, now, by)
    for access in told:
        emails.somebody_registered(access.user, account, user, now=now)
    if by_email:
        set_delivery(account, delivery=CustomerAccount.Delivery.EMAIL, email=user.email, now=now, by=by)
    audit.record(now=now, by=by, verb="register_user", subject=f"account:{account.number}")
    return account


@transaction.atomic
def register(proof: Proof, email: str, *, by_email: bool, now: datetime) -> User:
    """Return the user of a proven address, who may act for the account of a proof; refusals as for redeem.

    A paper and the mailbox together are also the way back for a resident who lost their passkeys.
    """
    user = admit(email, now=now, by=By("visitor", "-"))
    redeem(proof, user, by_email=by_email, now=now)
    if not roles_of(user, on=local_day(now)):
        forget_second_step(user, now=now, by=By("user", user.pk))
    return user


def _become_holder(user: User, account: CustomerAccount, now: datetime, by: By) -> None:
    """A delegate or tenant who shows a code is a holder from now on."""
    on = local_day(now)
    lesser = Access.objects.valid(on=on).filter(user=user, account=account).exclude(kind=Access.Kind.HOLDER)
    lesser.update(ends_on=on)
    give_access(user, account, kind=Access.Kind.HOLDER, on=on, now=now, by=by)


@transaction.atomic
def object_to(account: CustomerAccount, newcomer: User, *, now: datetime, by: By) -> None:
    """End the access of somebody who registered, because an earlier user says it is not theirs.

    :raises Refused: ``already_decided`` when the access has ended
    """
    living = Access.objects.valid(on=local_day(now)).filter(account=account, user=newcomer)
    if not claim(living, ends_on=local_day(now)):
        raise Refused("already_decided")
    emails.objected(newcomer, account, now=now)
    audit.record(now=now, by=by, verb="object_to_user", subject=f"account:{account.number}", user=newcomer.pk)


def ask_for_code(number: str, *, network: str, now: datetime) -> None:
    """Note that somebody asked for a code; the worker looks where it may be sent.

    :raises Refused: ``registration_busy`` for a network or all together, never for a number
    """
    number = registration.typed(number)[:20]
    if not throttles.hit_all(((ASKED_PER_NETWORK, network), (ASKED_OF_ALL, "")), now=now):
        raise Refused("registration_busy")
    with transaction.atomic():
        first = throttles.hit(ASKED_PER_NUMBER, number, now=now)
        state = CodeRequest.State.ASKED if first else CodeRequest.State.NONE
        CodeRequest.objects.create(number=number, asked_at=now, state=state)


@transaction.atomic
def answer_request(request: CodeRequest, *, now: datetime) -> None:
    """Send a code to the address on file, or leave it for a letter; an unknown number gets nothing."""
    account = CustomerAccount.objects.filter(number=request.number, closed_on=None).select_related("party").first()
    email = address_on_file(account) if account else ""
    state = CodeRequest.State.NONE if account is None else CodeRequest.State.LETTER
    state = CodeRequest.State.MAILED if email else state
    if not claim(CodeRequest.objects.filter(pk=request.pk, state="asked"), state=state, settled_at=now):
        return
    if account and email:
        code = _issue(account, now=now, by=By("job", "answer_code_requests"), how="email")
        emails.registration_code(email, code=code, number=account.number, language=account.party.language, now=now)


@transaction.atomic
def print_letter(account: CustomerAccount, *, now: datetime, by: By) -> str:
    """Return the code for a letter to the customer's address; what waited for a letter is done."""
    waiting = CodeRequest.objects.filter(number=account.number, state=CodeRequest.State.LETTER)
    waiting.update(state=CodeRequest.State.PRINTED, settled_at=now)
    return _issue(account, now=now, by=by, how="letter")


@transaction.atomic
def mail_code(account: CustomerAccount, *, now: datetime, by: By) -> None:
    """Send a code to the address on file.

    :raises Refused: ``email_missing``
    """
    email = address_on_file(account)
    if not email:
        raise Refused("email_missing")
    code = _issue(account, now=now, by=by, how="email")
    emails.registration_code(email, code=code, number=account.number, language=account.party.language, now=now)


def _issue(account: CustomerAccount, *, now: datetime, by: By, how: str) -> str:
    audit.record(now=now, by=by, verb="issue_code", subject=f"account:{account.number}", how=how)
    generation = code_generation_of(account.number)
    return registration.code_for(account.number, issued_on=local_day(now), generation=generation)
