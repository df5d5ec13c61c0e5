"""Configuration and wiring of the whole product."""

__version__ = "0.3.0"
