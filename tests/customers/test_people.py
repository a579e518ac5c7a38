"""Helpers, tenants and absence."""

from datetime import date, timedelta

import pytest

from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.actions import absence, give_access, move, people
from avots.customers.capabilities import opened, seal
from avots.customers.models import AbsenceNotice, Access, Invitation
from avots.customers.queries import absences_of, accounts_of, search
from avots.outbox.models import Message
from tests.town import BY, NOW

TODAY = local_day(NOW)
DAY = timedelta(days=1)


def invite(town, email="ieva@example.lv", kind="delegate", ends_on=None):
    facts = {"email": email, "kind": kind, "ends_on": ends_on}
    return people.invite(town.accounts["1"], **facts, now=NOW, inviter=town.people["anna"])


def test_an_invited_person_acts_once_they_have_accepted(town):
    invitation = invite(town)
    letter = Message.objects.get(template="invitation")
    token = letter.text.split("/saite/uzaicinajums/")[1].split("/")[0]
    assert opened("uzaicinajums", token, now=NOW)["invitation"] == invitation.pk
    user = people.accept(invitation, now=NOW)
    assert [one.kind for one in accounts_of(user, on=TODAY)] == ["delegate"]
    with pytest.raises(Refused, match="invitation_ended"):
        people.accept(invitation, now=NOW)


def test_an_access_ends_on_its_day(town):
    until = TODAY + 10 * DAY
    user = people.accept(invite(town, kind="submit", ends_on=until), now=NOW)
    assert accounts_of(user, on=until - DAY)[0].submit_only
    assert accounts_of(user, on=until) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "holder"}, "kind_not_given"),
        ({"kind": ""}, "kind_not_given"),
        ({"kind": "submit"}, "end_missing"),
        ({"kind": "tenant"}, "end_missing"),
        ({"ends_on": TODAY}, "end_in_past"),
        ({"email": "anna@example.lv"}, "already_acts"),
    ],
)
def test_what_cannot_be_given_is_refused(town, facts, code):
    with pytest.raises(Refused, match=code):
        invite(town, **facts)


def test_an_invitation_dies_when_it_is_withdrawn_or_its_inviter_acts_no_more(town):
    one, two = invite(town), invite(town, "ieva2@example.lv")
    people.withdraw(one, now=NOW, by=BY)
    Access.objects.filter(user=town.people["anna"]).update(ends_on=TODAY)
    for invitation in (one, two):
        with pytest.raises(Refused, match="invitation_ended"):
            people.accept(invitation, now=NOW)


def test_inviting_twice_is_one_invitation(town):
    invite(town)
    invite(town, kind="submit", ends_on=TODAY + DAY)
    assert Invitation.objects.get().kind == "submit"


def test_the_last_holder_stays(town):
    holder = Access.objects.get(user=town.people["anna"])
    with pytest.raises(Refused, match="holder_stays"):
        people.end_access(holder, now=NOW, by=BY)


@pytest.mark.parametrize("purpose", ["iebildums", "atcelt", "uzaicinajums"])
def test_a_link_opens_its_own_purpose_only_until_its_moment(purpose):
    token = seal(purpose, until=NOW + DAY, who=1)
    assert opened(purpose, token, now=NOW)["who"] == 1
    for other in {"iebildums", "atcelt", "uzaicinajums", "report"} - {purpose}:
        with pytest.raises(Refused, match="link_broken"):
            opened(other, token, now=NOW)
    with pytest.raises(Refused, match="link_broken"):
        opened(purpose, token[:-1] + ("a" if token[-1] != "a" else "b"), now=NOW)
    with pytest.raises(Refused, match="link_expired"):
        opened(purpose, token, now=NOW + DAY)


def test_who_moves_out_keeps_looking_and_their_helpers_end(town):
    give_access(town.people["karlis"], town.accounts["1"], kind=Access.Kind.DELEGATE, on=TODAY, now=NOW, by=BY)
    move(town.flats["1"], account=town.accounts["6"], on=TODAY, now=NOW, by=BY)
    held = accounts_of(town.people["anna"], on=TODAY)[0]
    assert (held.past, held.premises, held.holds) == (True, (), False)
    assert [one.account.number for one in accounts_of(town.people["karlis"], on=TODAY)] == ["1000005"]


def away(town, start: date, end: date | None) -> AbsenceNotice:
    return absence.announce_absence(town.flats["1"], starts_on=start, ends_on=end, now=NOW, by=BY)


def test_an_absence_is_told_beforehand_and_confirmed(town):
    away(town, TODAY, TODAY + 30 * DAY)
    letter = Message.objects.get(template="absence")
    assert letter.to == "anna@example.lv"
    assert "26.11.2026." in letter.text
    with pytest.raises(Refused, match="absence_not_ahead"):
        away(town, TODAY - DAY, None)
    with pytest.raises(Refused, match="absence_ends_first"):
        away(town, TODAY, TODAY)


def test_absences_do_not_overlap_and_may_touch(town):
    away(town, TODAY + 10 * DAY, TODAY + 20 * DAY)
    away(town, TODAY + 20 * DAY, None)
    away(town, TODAY, TODAY + 10 * DAY)
    for start, end in ((0, None), (5, 15), (12, 13), (19, 21), (30, 31)):
        with pytest.raises(Refused, match="absence_overlaps"):
            away(town, TODAY + start * DAY, TODAY + end * DAY if end else None)


def test_an_absence_taken_back_holds_for_no_day_and_may_be_told_again(town):
    notice = away(town, TODAY + 5 * DAY, None)
    absence.end_absence(notice, on=TODAY, now=NOW, by=BY)
    assert absences_of([town.flats["1"]], on=TODAY) == []
    assert not AbsenceNotice.objects.valid(on=TODAY + 6 * DAY).exists()
    away(town, TODAY + 5 * DAY, TODAY + 6 * DAY)
    assert len(absences_of([town.flats["1"]], on=TODAY)) == 1


def test_an_open_absence_ends_on_the_day_somebody_is_back(town):
    notice = away(town, TODAY, None)
    later = NOW + 3 * DAY
    absence.end_absence(notice, on=local_day(later), now=later, by=BY)
    notice.refresh_from_db()
    assert notice.ends_on == TODAY + 3 * DAY


def test_an_address_with_its_flat_finds_exactly_that_flat(town):
    found = search("Avotu iela 14-1", on=TODAY)
    assert [(row.account.number, row.premise.number) for row in found] == [("1000001", "1")]
    assert [row.premise.number for row in search("avo 14 - 2", on=TODAY)] == ["2"]
    assert len(search("avotu 14", on=TODAY)) == len(town.accounts)
    assert search("nav tādas ielas 14-1", on=TODAY) == []
