"""The command line: one file per verb, each a thin shell over one library call."""
