"""Registering a random town: the demo's registrar, with the meters and agreements a demo has no need of."""

from datetime import date, datetime
from random import Random

from avots.core.audit import By
from avots.customers import actions as customers
from avots.customers.models import CustomerAccount, Party, ServiceAgreement
from avots.demo.households import Dial, House
from avots.demo.register import Registrar
from avots.meters.models import Building, MeterInstallation, UsagePoint
from tests.towns.recipe import Place

REGISTER = By("job", "register")
DECISION = "Kopības 2019. gada lēmums"


class Founder(Registrar):
    """Registers places; some meters stand near the end of their face."""

    def __init__(self, since: date, now: datetime, random: Random) -> None:
        super().__init__(since, now, random)
        self.serials = 70_000_000

    def dial(self, building: Building, code: str, litres: int, *, digits: int = 5, **facts: object) -> Dial:
        if self.random.random() < 0.07:
            litres = 10 ** (digits + 3) - self.random.randint(1, 25_000)
        return super().dial(building, code, litres, digits=digits, **facts)

    def agreement(self, house: House, building: Building) -> None:
        """Put in the meters of the house itself, then its agreement with the weights of its homes."""
        if isinstance(house, Place):
            self.own_meters(house, building)
            self.agree(house, building, self.since, f"D-{building.code}")
        if house.kind == "apartments":
            self.manager(building)

    def own_meters(self, place: Place, building: Building) -> None:
        """Put in the second inlet and the common meters, with a flat's meter behind the first of these."""
        place.more_inlets = [
            self.dial(building, f"in{n}", 50_000, role=UsagePoint.Role.INTAKE, digits=6, remote=place.remote)
            for n in range(2, place.inlets + 1)
        ]
        place.common_dials = [
            self.dial(building, f"k{n}", 9_000, role=UsagePoint.Role.COMMON, place="pagrabs", remote=place.remote)
            for n in range(1, place.commons + 1)
        ]
        if place.behind_common:
            stands = MeterInstallation.objects.get(pk=place.households[0].dials[0].installation_id)
            common = MeterInstallation.objects.get(pk=place.common_dials[0].installation_id)
            UsagePoint.objects.filter(pk=stands.usage_point_id).update(parent=common.usage_point_id)

    def agree(self, place: Place, building: Building, on: date, number: str) -> None:
        """Put an agreement in force from a day."""
        terms: dict[str, object] = {"sharing": place.sharing}
        if place.kind == "treatment":
            terms["services"] = ServiceAgreement.Services.TREATMENT
        if place.indirect:
            settlement, by = ServiceAgreement.Settlement.INDIRECT, ServiceAgreement.Reporting.MANAGER
            terms |= {"settlement": settlement, "reporting": by, "payer": self.payer(place.payer)}
        if place.sharing == "own_weights":
            terms["decision"] = DECISION
        made = customers.agree(building, number=number, starts_on=on, now=self.now, by=self.by, **terms)
        if place.sharing == "own_weights":
            for premise, weight in zip(building.premise_set.order_by("pk"), place.weights, strict=True):
                customers.weigh(made, premise, weight=weight, now=self.now, by=self.by)

    def payer(self, number: str) -> CustomerAccount:
        return customers.register_customer(
            number=number,
            name=f"Biedrība {number}",
            kind=Party.Kind.COMPANY,
            opened_on=self.since,
            now=self.now,
            by=self.by,
            email=f"{number}@example.lv",
        )


def found(places: list[Place], since: date, now: datetime, random: Random) -> Founder:
    """Register a town's staff and places."""
    founder = Founder(since, now, random)
    founder.staff()
    for order, place in enumerate(places, 1):
        founder.house(place, order)
    return founder
