"""Reports: what was measured, for an officer who decides and for whoever is given the data."""
