"""Running the engine where a hostile document can do no harm: in a limited child process.

``run.run_engine`` is what callers want. Nothing is imported here, for every child would pay for it.
"""
