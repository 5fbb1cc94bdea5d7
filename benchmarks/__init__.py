"""Whole processes timed beside each other on a shaped link: ``make bench``."""
