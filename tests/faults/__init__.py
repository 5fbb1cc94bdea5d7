"""What goes wrong, and what the command makes of it: ``python -m tests.faults`` writes docs/reliability.md."""
