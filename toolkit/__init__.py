"""The command line and the viewers: the only package that talks to people."""
