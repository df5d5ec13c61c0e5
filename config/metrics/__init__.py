"""What a Prometheus server may ask: numbers of each room, and how long requests took.

Numbers of rows (``number.py``) are asked for at each scrape, so that no process has to be up, or to
be the only one, for them to be right. Requests (``requests.py``) are counted where they are
answered, by each web process; ``PROMETHEUS_MULTIPROC_DIR`` joins those of one machine.
"""
