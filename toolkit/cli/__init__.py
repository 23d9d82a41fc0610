"""The command line: one file a command group; a doorman that reads, calls, writes, says."""
