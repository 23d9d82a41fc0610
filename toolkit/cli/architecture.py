"""`recon architecture`: floor plans become labelled building models."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Floor plans become labelled building models.")
