"""The personal link: made by us alone, for one purpose, until it is revoked."""

import pytest

from avots.core.errors import Refused
from avots.readings.actions import revoke_links
from avots.readings.links import Link, generation_of, link_from, token_of
from tests.town import BY, NOW


@pytest.fixture
def link(town) -> Link:
    return Link(town.round.pk, town.accounts["1"].pk, town.flats["1"].pk)


def test_a_token_comes_back_as_its_link(link):
    assert link_from(token_of(link)) == link
    assert len(token_of(link)) == 40


def test_no_changed_character_passes(link):
    token = token_of(link)
    for at, char in enumerate(token):
        other = token[:at] + ("A" if char != "A" else "B") + token[at + 1 :]
        with pytest.raises(Refused, match="link_broken"):
            link_from(other)


def test_a_token_of_one_purpose_opens_no_other(link):
    with pytest.raises(Refused, match="link_broken"):
        link_from(token_of(link), purpose="invoice")


def test_a_rotated_key_still_opens_and_a_foreign_one_never_did(link, settings):
    token = token_of(link)
    settings.LINK_KEYS = ["new", *settings.LINK_KEYS]
    assert link_from(token) == link
    settings.LINK_KEYS = ["foreign"]
    with pytest.raises(Refused, match="link_broken"):
        link_from(token)


def test_revoking_ends_every_earlier_link(town, link):
    token = token_of(link)
    revoke_links(town.accounts["1"], town.flats["1"], now=NOW, by=BY)
    with pytest.raises(Refused, match="link_revoked"):
        link_from(token)
    fresh = token_of(link, generation=generation_of(link.account_id, link.premise_id))
    assert link_from(fresh) == link
