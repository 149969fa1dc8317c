"""Opens containers and decodes pictures and sound, in child processes with budgets."""
