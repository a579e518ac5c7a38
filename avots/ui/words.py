"""The sentence a person reads for each refusal and finding; one place for each."""

from datetime import date

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from avots.core.dates import Month
from avots.ui.formats import counted, day, month
from avots.ui.names import name_of

SENTENCES = {
    # time and right
    "round_closed": _("Šī mēneša rādījumu laiks ir beidzies."),
    "round_not_open": _("Rādījumus vēl nepieņemam. Logs atveras 25. datumā."),
    "round_not_complete": _("Rādījumi vēl nav pilnīgi. Rēķinus var rēķināt pēc trešās darba dienas."),
    "no_such_meter": _("Šajā vietā skaitītāja nav."),
    "meter_not_here": _("Šis skaitītājs nepieder šai adresei. Pārbaudiet skaitītāja numuru."),
    "remote_read_meter": _("Šo skaitītāju nolasām attālināti. Jums nekas nav jādara."),
    "not_yours": _("Šādas lapas nav."),
    "needs_second_person": _("Apstiprina cits cilvēks, nevis tas, kurš lūdza."),
    "already_decided": _("Par šo jau ir izlemts. Atjauniniet lapu."),
    "nobody_asked": _("Apstiprinājumu vēl neviens nav lūdzis."),
    "no_such_policy": _("Šāda noteikuma nav."),
    "policy_value": _("Šādu vērtību šim noteikumam noteikt nevar."),
    "window_turned_round": _("Loga pirmā diena būtu pēc pēdējās. Vispirms mainiet otru dienu."),
    "basis_missing": _("Ierakstiet pamatu: lēmumu, tā datumu vai iemeslu."),
    "rule_not_typed": _("Šāda vērtība neder. Atļauts: {allowed}."),
    "rule_day_over": _("Šo noteikumu var mainīt no šodienas vai vēlāk. Pagātne paliek, kā bija."),
    "rule_already_asked": _("Šim noteikumam jau lūgta cita maiņa. Vispirms izlemiet to."),
    "not_a_price": _("Cenu rakstiet kā 0,89: lielāku par nulli, aiz komata līdz pieciem cipariem."),
    "tariff_already_asked": _("Šim pakalpojumam no šīs dienas cena jau lūgta. Vispirms izlemiet to."),
    "tariff_in_issued_month": _("Šajā laikā rēķini jau izrakstīti. Izlasiet brīdinājumu un atzīmējiet, ka saprotat."),
    "tariff_exists": _("Šim pakalpojumam no šīs dienas tarifs jau ir."),
    "email_missing": _("Norādiet e-pasta adresi, uz kuru sūtīt rēķinus."),
    "not_an_amount": _("Summu rakstiet kā 19,15."),
    "day_in_future": _("Datums ir nākotnē. Pārbaudiet to."),
    "not_a_day": _("Norādiet datumu."),
    "no_such_account": _("Klienta ar šādu numuru nav."),
    "title_or_text_missing": _("Uzrakstiet virsrakstu un tekstu."),
    "days_turned_round": _("Beigu datums ir pirms sākuma."),
    "no_such_place": _("Nav ielas vai mājas „{text}”. Izvēlieties no saraksta."),
    "no_such_kind": _("Izvēlieties veidu."),
    "not_hours": _("Darba laiku rakstiet kā 8.00–17.00. Tukšs nozīmē slēgts."),
    "contact_missing": _("Norādiet tālruni."),
    "not_an_email": _("Tā nav e-pasta adrese: „{text}”."),
    "amount_not_positive": _("Summai jābūt lielākai par nulli."),
    "point_has_a_meter": _("Šajā vietā jau ir skaitītājs {serial}. Vispirms noņemiet to."),
    "exchange_before_install": _("Skaitītājs uzstādīts vēlāk: {day}. Pārbaudiet datumu."),
    # cash desk
    "desk_needs_a_name": _("Norādiet kases numuru un nosaukumu."),
    "desk_already_open": _("Kase jau ir atvērta."),
    "desk_day_left_open": _("Kase nav slēgta iepriekšējā dienā. Vispirms saskaitiet naudu un slēdziet to."),
    "desk_day_closed": _("Šīs dienas kase ir slēgta. Nākamo atveriet rīt."),
    "desk_not_open": _("Kase nav atvērta. Vispirms atveriet to."),
    "desk_difference": _("Nauda nesakrīt. Pārskaitiet vai ierakstiet iemeslu."),
    "no_such_money": _("Tādas naudaszīmes nav."),
    "not_a_count": _("Skaitu rakstiet ar cipariem: „{text}”."),
    "given_too_little": _("Iedots mazāk, nekā jāmaksā."),
    "storno_by_another": _("Naudu atdod cits cilvēks, nevis tas, kurš to pieņēma."),
    "storno_needs_a_reason": _("Ierakstiet, kāpēc nauda jāatdod."),
    "receipt_is_storno": _("Šī jau ir storno kvīts."),
    "receipt_cancelled": _("Šīs kvīts nauda jau ir atdota."),
    "meter_stands_elsewhere": _("Skaitītājs {serial} jau ir uzstādīts citur. Pārbaudiet numuru."),
    "performer_missing": _("Norādiet, kas skaitītāju nomainīja."),
    "serial_missing": _("Norādiet jaunā skaitītāja numuru."),
    "end_reading_falls": _("Beigu rādījums ir mazāks nekā pēdējais. Pārbaudiet aktu."),
    "evidence_missing": _("Aprakstiet pierādījumu: aktu, datumu, fotoattēlu."),
    # coupons that came back
    "batch_needs_a_place": _("Norādiet māju vai vietu, no kuras pasaknīši ir."),
    "batch_is_empty": _("Saskaitiet pasaknīšus. Partijā jābūt vismaz vienam."),
    "batch_closed": _("Partija ir slēgta. Atveriet citu."),
    "batch_does_not_add_up": _("Nesakrīt: papīri {papers}, ievadīti {keyed}, noraidīti {rejected}. Pārskaitiet."),
    "coupon_differs": _("Pasaknītī ir cits skaitlis. Klientu daļa to pārbaudīs."),
    "keyed_differently": _("Pasaknītis ievadīts divreiz, un skaitļi atšķiras. Kāds paskatīsies vēlreiz."),
    # registering, people, own data
    "registration_code_typo": _("Kodā ir pārrakstīšanās kļūda. Salīdziniet to ar papīru."),
    "registration_code_wrong": _("Klienta numurs un kods nesader. Pārbaudiet abus vai pieprasiet jaunu kodu."),
    "registration_code_used": _("Šis kods jau ir izmantots. Pieprasiet jaunu kodu."),
    "registration_busy": _("Mēģinājumu ir par daudz. Mēģiniet vēlāk vai zvaniet mums."),
    "email_code_wrong": _("Kods nav pareizs. Pārbaudiet to vēstulē."),
    "email_code_ended": _("Kods vairs neder. Pieprasiet jaunu."),
    "email_taken": _("Šo e-pasta adresi jau lieto cits lietotājs."),
    "kind_not_given": _("Izvēlieties, ko šis cilvēks drīkst."),
    "end_missing": _("Norādiet, līdz kurai dienai."),
    "end_in_past": _("Beigu dienai jābūt nākotnē."),
    "already_acts": _("Šis cilvēks jau drīkst rīkoties ar šo kontu."),
    "invitation_ended": _("Šis uzaicinājums vairs nav spēkā."),
    "holder_stays": _("Kontam jāpaliek vismaz vienam galvenajam lietotājam."),
    "absence_not_ahead": _("Par prombūtni paziņo iepriekš. Norādiet šodienu vai vēlāku dienu."),
    "absence_ends_first": _("Atgriešanās dienai jābūt pēc prombūtnes sākuma."),
    "absence_overlaps": _("Par šo laiku prombūtne jau ir paziņota."),
    "staff_not_erased": _("Darbinieka konts nav dzēšams. Vispirms jābeidz darbinieka tiesības."),
    "hold_reason_missing": _("Norādiet iemeslu."),
    # files
    "file_too_large": _("Fails ir lielāks par 20 MB. Sadaliet to."),
    "file_encoding_unknown": _("Faila kodējums nav saprotams. Saglabājiet to kā CSV UTF-8."),
    "file_empty": _("Failā nav nevienas rindas."),
    "file_damaged": _("Fails ir bojāts vai nav tabula. Saglabājiet to vēlreiz kā XLSX vai CSV."),
    "file_old_workbook": _("Fails ir vecā formātā vai aizsargāts ar paroli. Saglabājiet to kā XLSX bez paroles."),
    "file_unpacks_too_large": _("Izpakots fails ir pārāk liels. Sadaliet to."),
    "file_too_long": _("Failā ir pārāk daudz rindu. Sadaliet to pa {most} rindām."),
    "file_too_wide": _("Failā ir vairāk nekā {most} kolonnu. Atstājiet tikai vajadzīgās."),
    "file_cell_too_long": _("Šūnā ir vairāk nekā {most} zīmju: „{text}…”. Saīsiniet to."),
    "columns_missing": _("Virsraksta rindā trūkst kolonnu. Salīdziniet ar aprakstu."),
    "column_twice": _("Kolonna {column} ir divas reizes. Atstājiet vienu."),
    "row_value_missing": _("Trūkst vērtības: {column}."),
    "row_bad_choice": _("Kolonnā {column} nav atļauta vērtība „{text}”."),
    "row_bad_date": _("Kolonnā {column} nav datuma: „{text}”."),
    "row_bad_number": _("Kolonnā {column} nav skaitļa: „{text}”."),
    "row_value_too_long": _("Kolonnā {column} ir vairāk nekā {most} zīmju: „{text}…”."),
    "row_too_many_cells": _("Rindā ir vērtība bez kolonnas nosaukuma: „{text}”."),
    "row_twice": _("Par to pašu jau ir {row}. rinda ar citu vērtību. Atstājiet pareizo."),
    "row_conflicts": _("Rinda nesader ar to, kas jau ir reģistrā."),
    "row_bad_email": _("Tā nav e-pasta adrese: „{text}”."),
    "row_unknown_building": _("Nav mājas ar kodu „{text}”."),
    "row_unknown_premise": _("Mājā nav dzīvokļa „{text}”."),
    "row_unknown_agreement": _("Nav spēkā līguma „{text}” ar īpašnieku noteiktiem svariem."),
    "row_unknown_account": _("Nav klienta ar numuru „{text}”."),
    "row_unknown_meter": _("Nav uzstādīta skaitītāja „{text}”."),
    "row_resident_reads": _("Skaitītāju „{text}” nolasa iedzīvotājs, nevis uzņēmums."),
    "row_unknown_parent": _("Nav uzskaites punkta „{text}”."),
    "parent_is_a_flats": _("„{text}” ir dzīvokļa skaitītājs. Aiz tā uzskaitīto ūdeni rēķinātu divreiz."),
    "row_reading_falls": _("Rādījums {text} ir mazāks nekā uzstādot."),
    "row_last_billed_differs": _("Pēdējais rēķinātais rādījums {text} nesakrīt ar rādījumu."),
    "row_meter_elsewhere": _("Skaitītājs „{text}” jau stāv citā vietā: {point}."),
    "row_account_without_meter": _("Klientam „{text}” nav skaitītāja."),
    "row_several_meters": _("Klientam „{text}” ir vairāki skaitītāji. Norādiet skaitītāja numuru."),
    "row_month_differs": _("Mēnesis {month} jau ir ierakstīts ar citu patēriņu: {text} m³."),
    "row_later_month_stands": _("Vēlāks mēnesis {month} jau ir ierakstīts. Mēneši jāielasa no vecākā."),
    "row_estimates_differ": _("Vidējo skaits pēc kārtas ({text}) nesakrīt ar mēnešiem."),
    # bank statements
    "statement_too_large": _("Fails ir lielāks par 20 MB. Ielādējiet to no komandrindas."),
    "statement_unknown_format": _("Faila formāts nav zināms. Bankā izvēlieties camt.053 izrakstu."),
    "statement_missing": _("Failā nav neviena konta izraksta."),
    "statement_not_final": _("Tas ir {kind}, nevis dienas izraksts. Ielādējiet camt.053."),
    "statement_foreign_currency": _("Konta {account} valūta ir {currency}. Ielādējam tikai eiro izrakstus."),
    "statement_two_currencies": _("Izrakstā ir divas valūtas: {one} un {other}. Tādu neielādējam."),
    "statement_balance_missing": _("Izrakstā {account}, {day} trūkst sākuma vai beigu atlikuma."),
    "statement_does_not_add_up": _("Izraksts {account}, {day} nesummējas. Lejupielādējiet to bankā vēlreiz."),
    "statement_bad_amount": _("Izrakstā ir summa, ko nevar saprast: „{text}”."),
    "statement_bad_day": _("Izrakstā ir datums, ko nevar saprast: „{text}”."),
    "statement_incomplete": _("Izrakstā trūkst obligāta lauka: {what}."),
    "statement_account_unknown": _("Konts {account} vēl nav mūsu kontu sarakstā. Apstipriniet, ka tas ir mūsu."),
    "xml_has_doctype": _("Failā ir dokumenta tipa apraksts. Banku izrakstos tā nav, tāpēc failu nepieņemam."),
    "xml_broken": _("Fails ir bojāts vai nav pilns, {line}. rinda. Lejupielādējiet to vēlreiz."),
    "xml_too_deep": _("Faila uzbūve ir pārāk dziļa. Tas nav bankas izraksts."),
    "statement_field_too_long": _("Failā ir pārāk garš lauks. Tas nav bankas izraksts."),
    "split_does_not_add_up": _("Daļu summai jābūt {sum} EUR, un katrai daļai lielākai par nulli."),
    "split_names_one_twice": _("Viens klients minēts divreiz. Saskaitiet viņa daļas kopā."),
    "no_such_payment": _("Klientam {number} nav tik liela bankas maksājuma, ko atsaukt."),
    "reason_missing": _("Izvēlieties iemeslu."),
    "reversal_stays": _("Bankas atsaukumu atcelt nevar."),
    # rules of sharing
    "decision_missing": _("Norādiet īpašnieku lēmumu, kurā noteikti svari."),
    "weight_decided": _("Dzīvoklim {premise} svars jau ir noteikts. Jaunam svaram vajag jaunu līgumu."),
    "rule_in_settled_month": _("Noteikumu var mainīt tikai no {day}. Agrākie mēneši ir izrakstīti."),
    # personal link
    "link_broken": _("Saite nav pilna. Nokopējiet to vēlreiz no vēstules."),
    "link_revoked": _("Šī saite vairs nedarbojas. Izmantojiet saiti no jaunākās vēstules."),
    "link_expired": _("Šīs saites laiks ir beidzies."),
    # coupon
    "not_a_coupon": _("Šis kods nav no pasaknīša."),
    "coupon_code_wrong": _("Pasaknīša kods nav pareizs. Salīdziniet to ar papīru."),
    "no_such_coupon": _("Pasaknīša ar šādu kodu nav."),
    # what was typed
    "nothing_typed": _("Ierakstiet vismaz viena skaitītāja rādījumu."),
    "not_a_number": _("Rakstiet tikai ciparus, piemēram, 00420612."),
    "negative_reading": _("Rādījums nevar būt mazāks par nulli."),
    "too_many_digits": _("Ciparu ir par daudz. Pārbaudiet un rakstiet vēlreiz."),
    "digits_missing": _("Ciparu ir mazāk nekā skaitītājā. Vai tie ir kubikmetri vai litri?"),
    # photos
    "photo_too_large": _("Foto ir lielāks par 15 MB. Nosūtiet mazāku."),
    "photo_other_format": _("Šādu failu nevaram atvērt. Nosūtiet foto kā JPEG vai PNG."),
    "photo_too_many_pixels": _("Foto ir pārāk liels. Nosūtiet mazāku."),
    "photo_broken": _("Foto ir bojāts. Nofotografējiet vēlreiz."),
    "photo_limit": _("Šim skaitītājam šomēnes foto jau pietiek."),
    # decisions of staff
    "nothing_to_undo": _("Atsaukt var tikai šodien izlemto."),
    "newer_reading_counts": _("Pēc tam jau saņemts jaunāks rādījums. Atsaukt vairs nevar."),
    # what a judgement saw
    "lower_than_previous": _("Rādījums ir mazāks nekā iepriekšējais."),
    "higher_than_usual": _("Patēriņš ir daudz lielāks nekā parasti. Iespējama noplūde."),
    "doubtful_use": _("Patēriņš ir ļoti liels."),
    "rollover_likely": _("Izskatās, ka skaitītājs sācis skaitīt no nulles."),
    "zero_use": _("Patēriņa šomēnes nav."),
    "unlike_usual": _("Patēriņš nav tāds kā parasti."),
    "late": _("Rādījums saņemts pēc termiņa. To izmantosim nākamajā mēnesī."),
    # what a meter's term means
    "verification_flat_told": _(
        "Dzīvokļos verificēšana kopš 06.06.2025. nav obligāta. Rādījumus joprojām pieņemam. Jums nekas nav jādara."
    ),
    "verification_flat_must": _(
        "Līdz šai dienai skaitītājs jāverificē vai jānomaina. Aktu iesniedziet mums divu darba dienu laikā."
    ),
    "verification_flat_late": _(
        "Termiņš ir beidzies. Verificējiet vai nomainiet skaitītāju trīs mēnešu laikā. Rādījumus vēl pieņemam."
    ),
    "verification_flat_blocked": _(
        "Termiņš ir nokavēts. Skaitītājs jāverificē vai jānomaina, lai pieņemtu rādījumus."
    ),
    "verification_other_must": _(
        "Līdz šai dienai skaitītājs jāverificē vai jānomaina. Mēs sazināsimies ar jums par laiku."
    ),
    "verification_other_late": _(
        "Termiņš ir beidzies. Skaitītājs jāverificē vai jānomaina. Rādījumus joprojām pieņemam."
    ),
    "verification_own": _("Šo skaitītāju maina uzņēmums. Jums nekas nav jādara."),
    "replacement_flat": _(
        "Līdz šai dienai skaitītājs jānomaina. Nomaiņas aktu iesniedziet mums divu darba dienu laikā."
    ),
    "replacement_flat_late": _("Nomaiņas termiņš ir beidzies. Nomainiet skaitītāju. Rādījumus joprojām pieņemam."),
    # what may have happened
    "swapped_cold_hot": _("Vai aukstais un karstais nav samainīti vietām?"),
    "swapped_same_kind": _("Vai divi skaitītāji nav samainīti vietām?"),
    "neighbours_meter": _("Vai tas nav cita skaitītāja rādījums?"),
    "shifted_decimal": _("Vai komats ir īstajā vietā?"),
    "transposed_digits": _("Vai divi cipari nav samainīti vietām?"),
    "wrong_digit": _("Vai viens cipars nav kļūdains?"),
    "consumption_typed": _("Vai tas nav patēriņš rādījuma vietā?"),
    "repeated_reading": _("Vai tas nav iepriekšējais rādījums?"),
    "previous_wrong": _("Vai kļūdains nav iepriekšējais rādījums?"),
    # what a person can look at
    "check_higher_than_usual": _("Pārbaudiet podu un krānus."),
    "check_neighbours_meter": _("Salīdziniet numuru uz skaitītāja."),
    "check_zero_use": _("Ja mājās neviena nebija, rādījums ir pareizs."),
    "check_consumption_typed": _("Rakstiet to, ko rāda skaitītājs, nevis starpību."),
    # why a building or an invoice is parked
    "no_intake_reading": _("Nav ievadskaitītāja {serial} rādījuma. Ievadiet to ievada lapā."),
    "no_intake_meter": _("Mājas {building} ievadam nav skaitītāja. Reģistrējiet uzstādīto skaitītāju."),
    "behind_a_flats_meter": _("Skaitītājs {serial} stāv aiz dzīvokļa skaitītāja. Tā ūdeni rēķinātu divreiz."),
    "held_readings_left": _("Mājā ir neizlemti aizturēti rādījumi: {count}. Izlemiet tos."),
    "no_agreement": _("Mājai {building} nav spēkā esoša līguma. Pievienojiet līgumu."),
    "reading_beyond_face": _("Skaitītāja {serial} rādījums neietilpst {digits} ciparos. Pārbaudiet rādījumu."),
    "no_weight": _("Dzīvoklim {premise} nav svara starpības dalīšanai. Pievienojiet to līgumam."),
    "visit_needed": _("Skaitītājam {serial} rādījuma nav {months}. mēnesi pēc kārtas. Nolasiet to uz vietas."),
    "no_account": _("Dzīvoklim {premise} nav maksātāja. Pievienojiet klientu."),
    "no_tariff": _("Nav tarifa: {service}, {month}. Pievienojiet tarifu."),
    "earlier_month_open": _("Mājai {building} nav pabeigts iepriekšējais mēnesis."),
    "month_is_final": _("Šis mēnesis jau ir izrakstīts."),
    "inputs_changed": _("Kopš aprēķina dati ir mainījušies. Rēķiniet māju vēlreiz."),
    "negative_total": _("Summa ir negatīva. Pārbaudiet pārrēķinu."),
    "far_above_usual": _("Summa ir daudz lielāka nekā parasti."),
    "run_not_ready": _("Aprēķins vēl nav pabeigts."),
    "period_closed": _("Grāmatas slēgtas: {month}. Vajag dienu atvērtā mēnesī."),
    "issue_day_closed": _("Grāmatas slēgtas: {month}. Rēķinu datums var būt no {day} vai vēlāk."),
    "month_not_over": _("Mēnesis vēl nav beidzies. Slēgt var no {day}."),
    "month_already_closed": _("Šis mēnesis jau ir slēgts."),
    "invoices_being_issued": _("Rēķini vēl tiek izrakstīti. Slēdziet mēnesi pēc tam."),
    "only_the_latest_month": _("Atvērt var tikai pēdējo slēgto mēnesi."),
    "reopening_needs_a_reason": _("Uzrakstiet, kāpēc mēnesis jāatver."),
    "not_an_issued_invoice": _("Labot var tikai izrakstītu rēķinu."),
    "already_credited": _("Rēķins {number} jau ir atcelts ar kredītrēķinu."),
    "correction_needs_a_reason": _("Uzrakstiet klientam, kāpēc rēķins ir nepareizs."),
    "run_not_in_review": _("Vēlreiz rēķina tikai tad, kad aprēķins ir pabeigts un nav apstiprināts."),
    "not_parked": _("Šis ieraksts vairs nav atlikts. Atjauniniet lapu."),
}


def words(code: str, **facts: object) -> str:
    """Return the sentence of a code in the reader's language, its facts filled in.

    :raises KeyError: for a code without a sentence; a house test finds those
    """
    shown = {name: _shown(name, fact) for name, fact in facts.items()}
    return gettext(SENTENCES[code]).format_map(_Facts(shown))


def _shown(name: str, fact: object) -> object:
    """Return a day, a month or a service as people read it, also where it was kept as text."""
    language, text = (get_language() or "lv")[:2], str(fact)
    try:
        if name == "day":
            return day(date.fromisoformat(text), language)
        if name == "month":
            return month(Month.parse(text), "nom", language)
    except ValueError:
        return fact  # another program's text, as it stood there
    return name_of(text, "service") if name == "service" else fact


def thanks(months: int) -> str:
    """Return the line of thanks for so many months of reporting and paying on time, in the reader's language."""
    language = (get_language() or "lv")[:2]
    span = counted(months, gettext("mēnesi,mēnešus,mēnešu"), language)
    return gettext("Paldies! Jūs jau {months} pēc kārtas ziņojat un maksājat laikā.").format(months=span)


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "—"
