"""Numbers, days and months as people read them (domain.md 14)."""

from datetime import date, datetime

from avots.core.dates import RIGA, Month

NBSP = "\u00a0"
MINUS = "\u2212"
NOMINATIVE = (
    "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris"
).split()
# Endings by case: those in -is and those in -s.
ENDINGS_IS = {"nom": "is", "gen": "a", "dat": "im", "acc": "i", "loc": "ī"}
ENDINGS_S = {"nom": "s", "gen": "a", "dat": "am", "acc": "u", "loc": "ā"}
ENGLISH = "January February March April May June July August September October November December".split()


def eur_bare(cents: int, language: str = "lv") -> str:
    """Return cents as euros with two decimals.

    >>> eur_bare(123_456), eur_bare(-1_250), eur_bare(1_905, "en")
    ('1\\xa0234,56', '−12,50', '19.05')
    """
    whole, part = divmod(abs(cents), 100)
    return f"{MINUS if cents < 0 else ''}{_grouped(whole)}{_point(language)}{part:02d}"


def eur(cents: int, language: str = "lv") -> str:
    """Return cents in euros with the unit.

    >>> eur(123_456)
    '1\xa0234,56\xa0EUR'
    """
    return f"{eur_bare(cents, language)}{NBSP}EUR"


def m3_bare(litres: int, language: str = "lv") -> str:
    """Return litres as cubic metres with three decimals.

    >>> m3_bare(3_214), m3_bare(-938)
    ('3,214', '−0,938')
    """
    whole, part = divmod(abs(litres), 1_000)
    return f"{MINUS if litres < 0 else ''}{_grouped(whole)}{_point(language)}{part:03d}"


def price(price_100k: int, language: str = "lv") -> str:
    """Return a unit price with two to five decimals.

    >>> price(89_000), price(78_650)
    ('0,89', '0,7865')
    """
    whole, part = divmod(price_100k, 100_000)
    return f"{whole}{_point(language)}{f'{part:05d}'.rstrip('0').ljust(2, '0')}"


def face(litres: int, digits_before: int = 5, language: str = "lv") -> str:
    """Return a reading as the face shows it.

    >>> face(418_207)
    '00418,207'
    """
    return f"{litres // 1_000:0{digits_before}d}{_point(language)}{litres % 1_000:03d}"


def permille(value: int, language: str = "lv") -> str:
    """Return thousandths as per cent.

    >>> permille(62), permille(1_000)
    ('6,2\\xa0%', '100,0\\xa0%')
    """
    sign = MINUS if value < 0 else ""
    return f"{sign}{abs(value) // 10}{_point(language)}{abs(value) % 10}{NBSP}%"


def day(value: date, language: str = "lv") -> str:
    """Return a day in figures.

    >>> day(date(2026, 11, 25)), day(date(2026, 11, 5), "en")
    ('25.11.2026.', '5 Nov 2026')
    """
    if language == "en":
        return f"{value.day} {ENGLISH[value.month - 1][:3]} {value.year}"
    return f"{value:%d.%m.%Y}."


def moment(value: datetime, language: str = "lv") -> str:
    """Return an instant as local day and time.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 25, 17, 42, tzinfo=UTC)).replace(NBSP, " ")
    '25.11.2026. plkst. 19.42'
    """
    local = value.astimezone(RIGA)
    if language == "en":
        return f"{day(local.date(), 'en')}, {local:%H:%M}"
    return f"{day(local.date())} plkst.{NBSP}{local.hour}.{local:%M}"


def month_name(number: int, case: str, language: str = "lv") -> str:
    """Return a month's name in a case: nom, gen, dat, acc or loc.

    >>> [month_name(11, case) for case in ("nom", "gen", "dat", "acc", "loc")]
    ['novembris', 'novembra', 'novembrim', 'novembri', 'novembrī']
    >>> month_name(3, "loc"), month_name(6, "dat")
    ('martā', 'jūnijam')
    """
    if language == "en":
        return ENGLISH[number - 1]
    name = NOMINATIVE[number - 1]
    if name.endswith("is"):
        return name[:-2] + ENDINGS_IS[case]
    return name[:-1] + ENDINGS_S[case]


def month(value: Month, case: str = "nom", language: str = "lv") -> str:
    """Return a month with its year.

    >>> month(Month(2026, 11), "acc")
    '2026. gada novembri'
    """
    name = month_name(value.number, case, language)
    return f"{name} {value.year}" if language == "en" else f"{value.year}. gada {name}"


def day_of_month(value: date, case: str = "loc", language: str = "lv") -> str:
    """Return a day with its month's name.

    >>> day_of_month(date(2026, 11, 28)), day_of_month(date(2026, 11, 30), "dat")
    ('28.\\xa0novembrī', '30.\\xa0novembrim')
    """
    name = month_name(value.month, case, language)
    return f"{value.day} {name}" if language == "en" else f"{value.day}.{NBSP}{name}"


def plural(count: int, language: str = "lv") -> int:
    """Return which of the forms one, other, zero a count takes, as 0, 1 or 2.

    >>> [plural(n) for n in (0, 1, 2, 10, 11, 21, 22, 111, 121)]
    [2, 0, 1, 2, 2, 0, 1, 2, 0]

    :source: CLDR plural rules for ``lv`` (domain.md 13.1); English has one and other
    """
    if language == "en":
        return int(count != 1)
    if count % 10 == 0 or 11 <= count % 100 <= 19:
        return 2
    return 0 if count % 10 == 1 else 1


def counted(count: int, forms: str, language: str = "lv") -> str:
    """Return a count with its noun; the forms are one, other and zero, with commas between.

    >>> [counted(n, "rēķins,rēķini,rēķinu").replace(NBSP, " ") for n in (1, 3, 11, 1_021)]
    ['1 rēķins', '3 rēķini', '11 rēķinu', '1 021 rēķins']
    """
    return f"{_grouped(count)}{NBSP}{forms.split(',')[plural(abs(count), language)]}"


WEEKDAYS = {
    "lv": ("pirmdien otrdien trešdien ceturtdien piektdien sestdien svētdien").split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}


def weekday(number: int, language: str = "lv") -> str:
    """Return on which day of the week, Monday being 0.

    >>> weekday(5), weekday(5, "en")
    ('sestdien', 'Saturday')
    """
    return WEEKDAYS[language if language in WEEKDAYS else "lv"][number]


def week(hours: str, language: str = "lv") -> str:
    """Return opening hours of seven days (Monday first, between semicolons) as people say them.

    >>> week("8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;;")
    'Darba dienās 8.00–17.00.'
    >>> week("8.00–18.00;8.00–17.00;8.00–17.00;8.00–17.00;8.00–16.00;9.00–13.00;")
    'Pirmdien 8.00–18.00, otrdien, trešdien, ceturtdien 8.00–17.00, piektdien 8.00–16.00, sestdien 9.00–13.00.'
    """
    days = [one.strip() for one in hours.split(";")]
    if len(set(days[:5])) == 1 and not any(days[5:]):
        return f"{'On working days' if language == 'en' else 'Darba dienās'} {days[0]}."
    said: list[tuple[list[str], str]] = []
    for number, open_hours in enumerate(days):
        if said and said[-1][1] == open_hours:
            said[-1][0].append(weekday(number, language))
        else:
            said.append(([weekday(number, language)], open_hours))
    text = ", ".join(f"{', '.join(names)} {open_hours}" for names, open_hours in said if open_hours)
    return f"{text[:1].upper()}{text[1:]}."


def vocative(name: str) -> str:
    """Return a first name as one addresses its bearer in Latvian.

    >>> [vocative(name) for name in ("Ilze", "Jānis", "Edgars", "Ingus", "Bērziņš", "Otto")]
    ['Ilze', 'Jāni', 'Edgar', 'Ingu', 'Bērziņ', 'Otto']
    """
    if name.endswith(("is", "us")):
        return name[:-1]
    return name[:-1] if name.endswith(("s", "š")) else name


def _grouped(whole: int) -> str:
    return f"{whole:,}".replace(",", NBSP)


def _point(language: str) -> str:
    return "." if language == "en" else ","
