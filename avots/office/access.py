"""Who may enter which page of the office; used in ``urls.py``."""

CLERK, ACCOUNTANT, LEAD, ADMINISTRATOR, MANAGER = "clerk", "accountant", "lead", "administrator", "manager"
STAFF = (CLERK, ACCOUNTANT, LEAD, ADMINISTRATOR)
CLERKS = (CLERK, LEAD)
MONEY = (ACCOUNTANT, LEAD)
HOUSES = (CLERK, ACCOUNTANT, LEAD, MANAGER)
