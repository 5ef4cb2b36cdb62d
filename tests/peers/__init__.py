"""The connectors against real systems that nobody here wrote."""
