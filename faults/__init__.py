"""`make faults`: a real house is broken on purpose, and a separate checker says what held."""
