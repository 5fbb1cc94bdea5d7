"""How property tests run: no deadline, as machines differ, and no database, as a failure becomes a row of a table."""

from hypothesis import HealthCheck, settings

PROPERTY = settings(
    deadline=None,
    max_examples=100,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
