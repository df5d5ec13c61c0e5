"""Faults on purpose: what this service promises, shown while processes die and disks fill.

    python -m bench.chaos                     # all scenarios, one line per promise
    python -m bench.chaos kill_workers        # one
    python -m bench.chaos --short --seed 7    # smaller figures, the same dice

A scenario is a module here with ``run(stage, *, short, seed)``, which yields a ``Finding`` per
promise (ids as in docs/reliability.md). Each gets private servers (stage.py) and a directory that
goes with it; ``check_invariants`` is asked at its end.
"""
