"""Synthesisers of others, measured on the same rows by the same scorer: each in an environment of its own, none a dependency."""
