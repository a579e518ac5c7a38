"""Which passwords are taken: long ones, no rotation, any characters, none that says where it is used."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from avots.customers.queries import plain

ALONE, WITH_SECOND_STEP, LONGEST = 15, 8, 128
PLACES = frozenset({"udens", "udeka", "ventspils", "avots", "skaititajs", "rekins", "parole"})


class LengthValidator:
    """At least 15 characters; 8 are enough where a second step of signing in stands beside it."""

    def validate(self, password: str, user: Any = None) -> None:
        second = user is not None and user.pk is not None and is_mfa_enabled(user)
        least = WITH_SECOND_STEP if second else ALONE
        if len(password) < least:
            raise ValidationError(_("Parolei vajag vismaz %(least)s zīmes.") % {"least": least})
        if len(password) > LONGEST:
            raise ValidationError(_("Parolē drīkst būt līdz %(most)s zīmēm.") % {"most": LONGEST})

    def get_help_text(self) -> str:
        return _("Vismaz 15 zīmes. Der, piemēram, četri vārdi, kurus zināt tikai jūs.")


class ContextValidator:
    """Nothing that is left short once the words of the trade, the town and the utility are taken out."""

    def validate(self, password: str, user: Any = None) -> None:
        left = plain(password)
        for word in sorted(self._words(), key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < WITH_SECOND_STEP and left != plain(password):
            raise ValidationError(_("Neizmantojiet uzņēmuma, pilsētas vai ūdens vārdu kā paroli."))

    def _words(self) -> set[str]:
        named = plain(f"{settings.AVOTS_UTILITY['name']} {settings.AVOTS_UTILITY['short_name']}")
        return set(PLACES) | {"".join(filter(str.isalnum, word)) for word in named.split() if len(word) > 3}

    def get_help_text(self) -> str:
        return _("Bez uzņēmuma un pilsētas nosaukuma.")
