"""How good discovery is, measured against labels that people wrote. Each file is a command."""
