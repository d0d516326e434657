"""The readiness of a pair in a month: facts, the rule that weighs them, and the report that a person reads."""
