"""How tightly operators bind, the loosest first."""

OR, AND, NOT, PREDICATE, CONCATENATION, SUM, PRODUCT, POWER, SIGN = range(1, 10)
