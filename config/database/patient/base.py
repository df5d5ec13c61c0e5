"""What ours (config.database) does with its pool.

Who asks for a connection of the pool waits some seconds: a database that restarts is back before
anybody notices. In an outage that is the wrong thing to do. Each thread would wait as long for each
request, and those behind them for minutes, only to be told in the end to come back later. So the
first who waited in vain leaves the others no patience, until one gets a connection again.
"""

from __future__ import annotations

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import PoolTimeout

IMPATIENT_SECONDS = 0.05


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections, with and without a pool."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection; raises what Django makes an OperationalError of."""
        pool = self.pool
        if not pool:
            return super().get_new_connection(conn_params)
        try:
            while _is_ended(connection := super().get_new_connection(conn_params)):
                connection.close()
                pool.putconn(connection)  # which makes another in its place
        except PoolTimeout:
            pool.timeout = IMPATIENT_SECONDS
            raise
        pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection


def _is_ended(connection: Connection[Any]) -> bool:
    """Whether the server has hung up on a connection that nobody was using.

    A server that stops, or ends a connection, says so on it: something is there to be read.
    Asking it, as psycopg_pool's own check does, is a round trip before each request.
    """
    said = poll()
    said.register(connection.fileno(), POLLIN)
    return bool(said.poll(0))
