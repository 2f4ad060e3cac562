"""Appraisal schemes: rules as data, loaded from TOML, validated, with variants worked in."""

from kpi_xl.schemes.inputs import Input, inputs_of, inputs_of_scheme, part_key, target_of
from kpi_xl.schemes.load import list_schemes, load_scheme, parse_scheme, read_base_scheme, read_scheme_file, read_scheme_text
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.schemes.variants import apply_variants
from kpi_xl.schemes.write import write_scheme

__all__ = [
    "Indicator",
    "Input",
    "Scheme",
    "apply_variants",
    "inputs_of",
    "inputs_of_scheme",
    "list_schemes",
    "load_scheme",
    "parse_scheme",
    "part_key",
    "read_base_scheme",
    "read_scheme_file",
    "read_scheme_text",
    "target_of",
    "write_scheme",
]
