"""Where the form of a scheme comes from: the committed template when it fits, a freshly built one otherwise."""

from __future__ import annotations

from pathlib import Path

from kpi_xl.resources import templates_folder
from kpi_xl.schemes import apply_variants, list_schemes
from kpi_xl.schemes.model import Scheme
from kpi_xl.workbook.build import build_form
from kpi_xl.workbook.identity import fingerprint, fingerprint_of
from kpi_xl.workbook.issues_book import build_issues
from kpi_xl.workbook.summary import build_remedy, build_summary


def form_name(scheme: Scheme) -> str:
    """Return the file name of a scheme's form: ``appliance-agent.xlsx``, ``role-360+manager.xlsx``."""
    return "+".join((scheme.id, *scheme.applied)) + ".xlsx"


def built_in_forms() -> dict[str, Scheme]:
    """Return the schemes that have a form in ``workbook_templates``, by file name: each one, and each of its variants alone.

    ``<id>.xlsx`` of a scheme that needs a variant is the form of its first one. Combined variants are built when needed.
    """
    found: dict[str, Scheme] = {}
    for scheme in list_schemes():
        varied = [apply_variants(scheme, [variant.id]) for variant in scheme.variants]
        found[form_name(scheme)] = varied[0] if scheme.required_variant else scheme
        found |= {form_name(one): one for one in varied}
    return found


def template_of(scheme: Scheme) -> tuple[str, bytes]:
    """Return file name and content of a scheme's form."""
    return form_name(scheme), build_form(scheme)


def all_templates() -> dict[str, bytes]:
    """Return every file of ``workbook_templates``, built anew: the forms, 汇总.xlsx, 数据问题.xlsx, 回访补救清单.xlsx."""
    forms = {name: build_form(scheme) for name, scheme in built_in_forms().items()}
    summaries = {"summary.xlsx": build_summary(), "summary+bonus.xlsx": build_summary(pays=True)}
    return forms | summaries | {"issues.xlsx": build_issues(), "remedy.xlsx": build_remedy()}


def form_template(scheme: Scheme, folder: Path) -> Path:
    """Return the path of a scheme's form; see `kpi_xl.workbook.form_template`."""
    committed = templates_folder("workbook") / form_name(scheme)
    if committed.is_file() and fingerprint_of(committed) == fingerprint(scheme):
        return committed
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / form_name(scheme)
    path.write_bytes(build_form(scheme))
    return path
