"""The command line: parse, call `Guide`, print."""
