"""Sample inputs with exact truth: a head scan and a house, both made by a script here.

Nothing in this package is part of the installed toolkit. `make_sample_data` writes
the files; the other modules say what is in them. The tests build their phantoms
from the same solids.
"""
