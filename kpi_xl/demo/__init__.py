"""A seeded, invented after-sales department: believable exports with the faults that real ones have."""

from kpi_xl.demo.write import LAST_MONTH, QUARTER, DemoFiles, write_demo

__all__ = ["LAST_MONTH", "QUARTER", "DemoFiles", "write_demo"]
