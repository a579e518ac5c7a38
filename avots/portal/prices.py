"""What a cubic metre costs a home, for a preview; the invoice alone is exact."""

from avots.billing.rules import FULL, TREATMENT
from avots.core import policies
from avots.customers.models import ServiceAgreement
from avots.customers.queries import agreement_of
from avots.meters.models import Premise
from avots.readings.models import Round
from avots.tariffs.queries import prices_until
from avots.tariffs.rules import with_vat


def price_of(premise: Premise, round: Round) -> int:
    """Return what a cubic metre costs with VAT at the end of a round, in 1/100,000 EUR; 0 where unknown."""
    agreement = agreement_of(premise.building, on=round.cut_on)
    if agreement is None:
        return 0
    services = TREATMENT if agreement.services == ServiceAgreement.Services.TREATMENT else FULL
    prices = prices_until(round.month)
    net = sum(prices[service][-1].price_100k for service in services if service in prices)
    return with_vat(net, policies.on(round.cut_on).vat_rate_per_10000)
