"""Attacks and figures beside those of other libraries, and on targets whose risk is known. Each file is a command."""
