"""The demo town enters the register, through the public actions alone."""

from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction

from avots.core.audit import By
from avots.customers import actions as customers
from avots.customers.models import Access, CustomerAccount, Party, RoleGrant, ServiceAgreement, User
from avots.customers.queries import plain
from avots.demo.households import Dial, House, Household
from avots.meters import actions as meters
from avots.meters.models import Building, Premise, UsagePoint

PASSWORD = "ventas-udens-demo"  # noqa: S105 - printed for everyone who plays with the demo
STAFF = {
    "klienti@example.lv": ("Ilze Kalniņa", RoleGrant.Role.CLERK),
    "gramatvede@example.lv": ("Ausma Grīnberga", RoleGrant.Role.ACCOUNTANT),
    "vaditaja@example.lv": ("Laima Vītola", RoleGrant.Role.LEAD),
    "admin@example.lv": ("Guntis Celms", RoleGrant.Role.ADMINISTRATOR),
}
MANAGER = "parvaldnieks@example.lv"


class Registrar:
    """Registers the town as it stood on its first day."""

    def __init__(self, since: date, now: datetime, random: Random) -> None:
        self.since, self.now, self.random = since, now, random
        self.by = By("job", "register")
        self.accounts = 1_000_000
        self.serials = 40_000_000

    def staff(self) -> dict[str, User]:
        """Admit the staff; they sign in by code or with the demo password."""
        people = {}
        for email, (name, role) in STAFF.items():
            user = people[email] = self.user(email, name)
            customers.grant_role(user, role=role, on=self.since, now=self.now, by=self.by)
        return people

    def user(self, email: str, name: str) -> User:
        user = customers.admit(email, name=name, now=self.now, by=self.by)
        if not user.has_usable_password() or not user.password:
            customers.set_password(user, PASSWORD, now=self.now, by=self.by)
        return user

    @transaction.atomic
    def house(self, house: House, walking_order: int) -> None:
        """Register a building with its people and meters."""
        address = f"{house.street} {house.number}"
        segment = Building.Segment.APARTMENTS if house.kind == "apartments" else Building.Segment.PRIVATE
        building = meters.register_building(
            code=house.code,
            search=plain(address),
            now=self.now,
            by=self.by,
            street=house.street,
            house=house.number,
            town="Ventspils",
            postcode=f"LV-36{self.random.randint(1, 21):02d}",
            segment=segment,
            walking_order=walking_order,
        )
        house.building_id = building.pk
        if house.has_intake:
            litres = self.random.randint(2_000, 90_000) * 1_000
            house.intake = self.dial(
                building, "in", litres, role=UsagePoint.Role.INTAKE, digits=6, remote=house.remote
            )
        if house.code == "V001":
            litres = self.random.randint(5, 60) * 1_000
            house.common = self.dial(
                building, "k", litres, role=UsagePoint.Role.COMMON, place="pagrabs un kāpnes", remote=house.remote
            )
        for position, lives in enumerate(house.households, 1):
            self.flat(house, building, lives, position)
        self.agreement(house, building)

    def flat(self, house: House, building: Building, lives: Household, position: int) -> None:
        premise = meters.register_premise(
            building,
            number=lives.number,
            position=position,
            now=self.now,
            by=self.by,
            floor=(position - 1) // 4 % 5 + 1,
            stairwell=str((position - 1) // 20 + 1),
        )
        lives.premise_id = premise.pk
        self.customer(premise, lives, self.since)
        customers.declare_persons(premise, persons=lives.persons, on=self.since, now=self.now, by=self.by)
        lives.dials = [
            self.dial(
                building,
                f"{lives.number or '1'}-{at}",
                self.random.randint(5, 900) * 1_000 + self.random.randrange(1_000),
                premise=premise,
                commodity=UsagePoint.Commodity.HOT if hot else UsagePoint.Commodity.COLD,
                place=place,
                part=part,
                remote=house.remote,
            )
            for at, (hot, place, part) in enumerate(self.meters_of(house, lives), 1)
        ]

    def meters_of(self, house: House, lives: Household) -> list[tuple[bool, str, int]]:
        """Return (hot, place, part of the use) of each meter of a home."""
        if house.kind != "apartments":
            return [(False, "ievads", 1_000)]
        if lives.company:
            return [(False, "virtuve", 400), (False, "vannas istaba", 600)]
        hot = self.random.randint(330, 450)
        if self.random.random() < 0.2:
            return [(False, "virtuve", 250), (False, "vannas istaba", 750 - hot), (True, "vannas istaba", hot)]
        return [(False, "vannas istaba", 1_000 - hot), (True, "vannas istaba", hot)]

    def dial(
        self,
        building: Building,
        code: str,
        litres: int,
        *,
        digits: int = 5,
        part: int = 1_000,
        remote: bool = False,
        **facts: object,
    ) -> Dial:
        """Register a usage point and the meter that stands there."""
        point = meters.register_point(
            building, code=f"{building.code}-{code}", starts_on=self.since, now=self.now, by=self.by, **facts
        )
        expired = self.random.random() < 0.06
        verified = self.since + timedelta(
            days=self.random.randint(-200, -20) if expired else self.random.randint(60, 1400)
        )
        device = self.device(litres, digits=digits, verified_until=verified, remote=remote)
        installed = meters.install_meter(point, device, on=self.since, now=self.now, by=self.by)
        return Dial(installed.pk, litres, facts.get("commodity") == UsagePoint.Commodity.HOT, part, remote)

    def device(self, litres: int, *, digits: int, verified_until: date, remote: bool) -> meters.Device:
        self.serials += self.random.randint(1, 40)
        return meters.Device(
            serial=str(self.serials),
            start_litres=litres,
            make="Ūdensmērs",
            digits_before=digits,
            verified_until=verified_until,
            remote_read=remote,
        )

    def customer(self, premise: Premise, lives: Household, on: date) -> CustomerAccount:
        """Open the account of a household, with its portal user where it has an address."""
        self.accounts += self.random.randint(1, 9)
        account = customers.register_customer(
            number=str(self.accounts),
            name=lives.name,
            kind=Party.Kind.COMPANY if lives.company else Party.Kind.PERSON,
            opened_on=on,
            now=self.now,
            by=self.by,
            email=lives.email,
        )
        lives.account_id = account.pk
        customers.move(premise, account=account, on=on, now=self.now, by=self.by)
        if lives.email:
            user = customers.admit(lives.email, name=lives.name, now=self.now, by=self.by)
            customers.give_access(user, account, kind=Access.Kind.HOLDER, on=on, now=self.now, by=self.by)
            email = CustomerAccount.Delivery.EMAIL
            if self.random.random() < 0.96:
                customers.set_delivery(account, delivery=email, email=lives.email, now=self.now, by=self.by)
        return account

    def agreement(self, house: House, building: Building) -> None:
        """Put the building's agreement in force and appoint its manager."""
        terms: dict[str, object] = {"sharing": house.sharing}
        if house.kind == "treatment":
            terms["services"] = ServiceAgreement.Services.TREATMENT
        if house.indirect:
            payer = customers.register_customer(
                number="2000001",
                name="Biedrība „Loču nams”",
                kind=Party.Kind.COMPANY,
                opened_on=self.since,
                now=self.now,
                by=self.by,
                email="locu.nams@example.lv",
            )
            terms |= {
                "settlement": ServiceAgreement.Settlement.INDIRECT,
                "reporting": ServiceAgreement.Reporting.MANAGER,
                "payer": payer,
            }
        number = f"D-{building.code}"
        customers.agree(building, number=number, starts_on=self.since, now=self.now, by=self.by, **terms)
        if house.kind == "apartments":
            self.manager(building)

    def manager(self, building: Building) -> None:
        firm = Party.objects.filter(name="SIA Nama saimnieks").first()
        if firm is None:
            firm = customers.register_customer(
                number="2000000",
                name="SIA Nama saimnieks",
                kind=Party.Kind.COMPANY,
                opened_on=self.since,
                now=self.now,
                by=self.by,
            ).party
        customers.appoint_manager(
            building, manager=firm, mailbox_place="1. kāpņutelpa, pie durvīm", on=self.since, now=self.now, by=self.by
        )
        if building.code == "V001":
            user = self.user(MANAGER, "Pēteris Nams")
            customers.grant_role(
                user, role=RoleGrant.Role.MANAGER, building=building, on=self.since, now=self.now, by=self.by
            )
