"""Foreign keys that no database declares: inferred from values, names, types and the joins of SQL texts."""
