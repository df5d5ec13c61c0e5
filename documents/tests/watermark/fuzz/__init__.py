"""Documents that nobody would write, against the engine.

Whatever comes in, the engine ends in time and within memory, with a document that has as many
pages as before or with one of its own errors. The test runs a thousand cases; by hand more:

    python -m documents.tests.watermark.fuzz --corpus DIR --cases 100000 --keep FOUND
"""
