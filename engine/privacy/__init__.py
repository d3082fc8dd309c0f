"""What is claimed of differential privacy, and by which type: units, budgets, events, the accountant, the ledger."""
