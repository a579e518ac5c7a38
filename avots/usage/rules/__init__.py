"""The law of the month's litres, by topic: facts, estimate, difference, balance."""
