"""The command line: a face over the core. Heavy rooms are imported inside the commands that need them."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``kpi-xl``."""
    from kpi_xl.cli.app import run

    run()
