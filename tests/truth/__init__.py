"""Locks compared with what pip-compile says when the target's own interpreter runs it."""
