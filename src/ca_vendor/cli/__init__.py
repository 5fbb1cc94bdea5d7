"""The command line: argv to options, results to output. No logic."""
