"""The command line: one file a group of commands, loaded only when it is called."""
