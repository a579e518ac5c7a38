"""The rules as people read them: topics and names."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

TOPICS: Mapping[str, Mapping[str, str]] = {
    _("Rādījumu laiks"): {
        "reading_window_first_day": _("Rādījumu loga pirmā diena"),
        "reading_window_last_day": _("Rādījumu loga pēdējā diena"),
        "reminder_hour": _("Stunda, kad sūta atgādinājumu"),
        "readings_complete_working_days": _("Darba dienas, līdz rādījumi ir pilnīgi"),
        "mailbox_collected_working_days": _("Darba dienas, līdz iztukšo pasaknīšu kasti"),
        "late_read_policy": _("Ko dara ar nokavētu rādījumu"),
        "control_reading_counts": _("Kontroles rādījums aizstāj trūkstošo"),
    },
    _("Ja rādījuma nav"): {
        "average_months_flat": _("Vidējais dzīvoklim: par cik mēnešiem"),
        "average_months_other": _("Vidējais citiem: par cik mēnešiem"),
        "max_consecutive_estimates": _("Cik mēnešus pēc kārtas rēķina vidējo"),
        "after_estimates_flat": _("Ko dara pēc tam: dzīvoklim"),
        "after_estimates_other": _("Ko dara pēc tam: citiem"),
        "absence_bills_nothing": _("Par paziņotu prombūtni neko nerēķina"),
        "norm_litres_person_month": _("Norma vienam cilvēkam mēnesī"),
        "persons_when_none_declared": _("Cilvēku skaits, ja neviens nav deklarēts"),
    },
    _("Mājas starpība"): {
        "grounds_carrying_first": _("Kādēļ dzīvoklis vispirms sedz starpību"),
        "grounds_without_valid_meter": _("Kādēļ skaitītāja rādījumu neņem vērā"),
        "stage1_limit": _("Cik daudz vispirms sedz neatbilstošs dzīvoklis"),
        "stage2_include_noncompliant": _("Neatbilstošs dzīvoklis sedz arī atlikumu"),
        "difference_deadband_permille": _("Starpība, ko nedala"),
        "negative_difference": _("Ko dara ar negatīvu starpību"),
        "return_after_noncompliance": _("Ko rēķina, kad skaitītāju atkal nolasa"),
        "difference_alert_permille": _("Liela starpība: vairāk nekā"),
        "difference_alert_months": _("Liela starpība: mēneši pēc kārtas"),
        "negative_alert_permille": _("Negatīva starpība: vairāk nekā"),
        "negative_alert_months": _("Negatīva starpība: mēneši pēc kārtas"),
        "meter_threshold_litres_day": _("Pilieni, ko skaitītājs neredz dienā"),
        "anatomy_minimum_flats": _("Mazākais dzīvokļu skaits, lai rādītu iemeslus"),
    },
    _("Skaitītāju termiņi"): {
        "flat_verification_lapse_blocks": _("Nokavēta verifikācija padara dzīvokli par neatbilstošu"),
        "verification_grace_months": _("Mēneši, kas doti pēc verifikācijas termiņa"),
        "flat_replacement_term": _("Dzīvokļa skaitītājam ir nomaiņas termiņš"),
        "replace_after_years": _("Skaitītāju maina pēc"),
        "verification_notice_days": _("Dienas pirms verifikācijas, kad atgādina"),
        "replacement_notice_days": _("Dienas pirms nomaiņas, kad atgādina"),
    },
    _("Rēķini"): {
        "vat_rate_per_10000": _("PVN likme"),
        "due_date_rule": _("Līdz kurai dienai jāmaksā"),
        "invoice_ready_day": _("Diena, līdz kurai rēķini ir gatavi"),
        "odd_invoice_multiple_permille": _("Rēķinu apskata, ja tas pārsniedz parasto"),
        "odd_invoice_floor_cents": _("Rēķinu apskata tikai virs summas"),
        "thanks_months": _("Mēneši pēc kārtas, pēc kuriem pateicas"),
    },
    _("Kad par rādījumu jautā"): {
        "leak_multiple_permille": _("Iespējama noplūde: cik reižu virs parastā"),
        "leak_above_litres": _("Iespējama noplūde: cik virs parastā"),
        "doubtful_use_litres": _("Patēriņš mēnesī, ko vienmēr aiztur"),
        "zero_asks_above_litres": _("Par nulli jautā, ja parasti tērē vairāk nekā"),
        "new_meter_litres": _("Cik gaida no vietas bez vēstures"),
        "expected_spread_permille": _("Parastā novirze no vidējā"),
        "expected_spread_months": _("Cik mēnešu sver parastā novirze"),
        "expected_spread_floor_litres": _("Mazākā novirze"),
        "expected_band_permille": _("Cik noviržu plata ir parastā josla"),
        "ask_odds_permille": _("Jautā, ja kļūda ir tik reižu ticamāka"),
        "mistakes_per_100k": _("Cik bieži kļūdās: no 100 000 rādījumu"),
    },
    _("Pasaknīši un portāls"): {
        "coupon_conflict_litres": _("Pasaknīša un paša ievadītā atšķirība, ko izlemj darbinieks"),
        "second_key_permille": _("Cik pasaknīšu ievada otrreiz"),
        "second_key_odd_permille": _("Cik šaubīgu pasaknīšu ievada otrreiz"),
        "similar_homes_at_least": _("Mazākais mājokļu skaits salīdzināšanai"),
    },
    _("Kā mūs sasniegt"): {
        "contact_phone": _("Tālrunis"),
        "contact_email": _("E-pasts"),
        "opening_week": _("Darba laiks"),
    },
}
LABELS = {name: label for rules in TOPICS.values() for name, label in rules.items()}
ELSEWHERE = frozenset({"contact_phone", "contact_email", "opening_week"})
