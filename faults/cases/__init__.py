"""The faults, by what they break; importing a module puts its faults on the list."""
