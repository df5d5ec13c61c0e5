"""Django's PostgreSQL backend, with a patience for its pool that an outage uses up once."""
