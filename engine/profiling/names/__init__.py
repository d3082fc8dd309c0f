"""Names of columns in seven languages: one file a language."""
