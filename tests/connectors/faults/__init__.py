"""A server between a connector and its system that spoils what passes, and the ways it can."""
