"""Create and post invoices of five lines with VAT in Tryton; tells how many a CPU-second.

Tryton runs in this process on SQLite in memory, driven through its own client library, as its
scenario tests do.
"""

import sys
import time
from decimal import Decimal

from proteus import Model
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.tests.tools import activate_modules

count = int(sys.argv[1])
activate_modules("account_invoice")
create_company()
company = get_company()
year = set_fiscalyear_invoice_sequences(create_fiscalyear(company))
year.click("create_period")
create_chart(company)
accounts = get_accounts(company)
tax = create_tax(Decimal("0.21"))
tax.save()
Party, Invoice = Model.get("party.party"), Model.get("account.invoice")
party = Party(name="Anna Ozola")
party.save()
started = time.process_time()
for _ in range(count):
    invoice = Invoice()
    invoice.party = party
    for number in range(5):
        line = invoice.lines.new()
        line.account = accounts["revenue"]
        line.description = f"line {number}"
        line.quantity = 3.214
        line.unit_price = Decimal("0.8900")
        line.taxes.append(Model.get("account.tax")(tax.id))
    invoice.save()
    invoice.click("post")
print(count / (time.process_time() - started))
