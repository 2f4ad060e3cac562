"""``kpi-xl template build|list|fill|check|ratings|lower``: the workbooks that people fill in and sign."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.cli.formulas_option import FormulasOption, formulas_mode
from kpi_xl.cli.lower_command import lower_command
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.outputs import put_output, write_output
from kpi_xl.standard import open_scheme

template_app = typer.Typer(
    no_args_is_help=True,
    help="考核表模板：生成、列出、填写、检查；工作簿里的函数换成公式。Form templates; lower any workbook.",
)

template_app.command("lower")(lower_command)

VariantOption = Annotated[list[str] | None, typer.Option("--variant", help="变体，可写多次")]
SchemeArgument = Annotated[str, typer.Argument(help="方案编号（可带变体）或方案文件（.toml、.xlsx）")]


@template_app.command("build")
def build_command(
    schemes: Annotated[list[str] | None, typer.Argument(help="方案编号或方案文件；不写则重建全部")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="放到哪个文件夹；不写则放进本安装的模板文件夹")] = None,
) -> None:
    """由方案和版式生成考核表模板（逐字节可重现）。Build form templates from schemes and layouts."""
    from kpi_xl.resources import templates_folder
    from kpi_xl.schemes.load import without_variants
    from kpi_xl.workbook.forms import all_templates, template_of

    folder = out or templates_folder("workbook")
    read = [word for name in schemes or () for word in (name, without_variants(name))]
    files = dict(template_of(open_scheme(name)) for name in schemes) if schemes else all_templates()
    for name, data in files.items():
        kept = put_output(folder / name, data, read, made_here=_is_as_built)
        if kept is not None:
            console.warn(Text(f"{name} 有人改过，已保留为 {kept.name}", f"{name} was changed by somebody: kept as {kept.name}"))
    console.say(Text(f"已生成 {len(files)} 个模板，在 {folder}", f"built {len(files)} templates in {folder}"))


@template_app.command("list")
def list_command(as_json: Annotated[bool, typer.Option("--json", help="输出一份 JSON")] = False) -> None:
    """列出模板文件及其方案。List the template files and their schemes."""
    from kpi_xl.resources import templates_folder
    from kpi_xl.workbook.forms import built_in_forms

    folder = templates_folder("workbook")
    rows = [
        {"file": name, "scheme": scheme.reference, "name": scheme.name, "present": (folder / name).is_file()}
        for name, scheme in built_in_forms().items()
    ]
    if as_json:
        console.write_json(rows)
        return
    for row in rows:
        console.say(f"{row['file']:<36}{row['name']}{'' if row['present'] else '  （缺）'}")


@template_app.command("fill")
def fill_command(
    scheme: SchemeArgument,
    values: Annotated[list[str] | None, typer.Argument(help="指标=值，如 fcr=82%；不写则为空白表")] = None,
    out: Annotated[Path, typer.Option("--out", help="写到哪个 .xlsx 文件")] = Path("blank.xlsx"),
    variant: VariantOption = None,
    formulas: FormulasOption = "native",
) -> None:
    """生成一份空白（或填好给定数值的）考核表。Write a blank form, or one with the given values."""
    from kpi_xl.schemes.load import without_variants
    from kpi_xl.workbook.blank import fill_form

    chosen = open_scheme(scheme, variant or ())
    filled = fill_form(chosen, _values(values or ()), formulas=formulas_mode(formulas))
    write_output(out, filled.data, (scheme, without_variants(scheme)))
    for kept in filled.kept:
        console.warn(kept.text(out.name))
    console.say(Text(f"已写出 {out}", f"written to {out}"))


@template_app.command("check")
def check_command(files: Annotated[list[Path], typer.Argument(help="模板文件（.xlsx）")]) -> None:
    """检查（改过的）模板：占位符、名称是否都认得。Check templates that somebody edited."""
    from kpi_xl.job.summaries import VIEWS
    from kpi_xl.native.lowering import calls_left
    from kpi_xl.template import compile_template
    from kpi_xl.view.model import View

    failed = False
    for file in files:
        try:
            template = compile_template(file)
            # a copy under another name is a template of the view that knows most of its placeholders
            shapes = (VIEWS[file.stem],) if file.stem in VIEWS else (View, *VIEWS.values())
            unknown = min((template.check(shape) for shape in shapes), key=len)
            if unknown:
                raise KpiError.at(
                    Place.of(file),
                    Text(f"有 {len(unknown)} 处占位符的名称不认得", f"{len(unknown)} unknown names"),
                    Text("对照原来的模板改正名称", "correct the names; the original template has them"),
                    unknown,
                )
            kept = calls_left(file)
        except KpiError as error:
            console.fail(error)
            failed = True
            continue
        count = len(template.inputs), len(template.outputs), len(template.names)
        console.say(
            Text(
                f"{file.name}：没有错误（{count[0]} 个输入格，{count[1]} 个公式格，{count[2]} 个占位符）",
                f"{file.name}: no mistakes ({count[0]} inputs, {count[1]} outputs, {count[2]} placeholders)",
            )
        )
        if template.signed:
            console.warn(
                Text(
                    f"{file.name} 有数字签名；填写后的工作簿内容已变，不带这个签名",
                    f"{file.name} has a digital signature; workbooks filled from it do not carry it",
                )
            )
        for call in kept:
            console.warn(call.text(file.name))
    if failed:
        raise typer.Exit(1)


@template_app.command("ratings")
def ratings_command(
    scheme: SchemeArgument,
    out: Annotated[Path, typer.Option("--out", help="写到哪个 .xlsx 文件")] = Path("ratings.xlsx"),
    rows: Annotated[int, typer.Option("--rows", help="至少留多少行", min=1, max=5000)] = 60,
    variant: VariantOption = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", help="花名册：预填工号和姓名（或团队），按每人的方案和变体列出指标")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="也列出通常由导出数据算出的指标")] = False,
) -> None:
    """生成评分表（每人一行，每个需录入的指标一列），填好后用 --ratings 交给 generate。Write a ratings sheet."""
    from kpi_xl.schemes.load import without_variants
    from kpi_xl.workbook.ratings_sheet import build_ratings

    if roster is None:
        data = build_ratings([open_scheme(scheme, variant or ())], rows, every=every)
    else:
        from kpi_xl.job import rated_people

        schemes, people = rated_people(roster, scheme, tuple(variant or ()))
        data = build_ratings(schemes, rows, people, every=every)
    write_output(out, data, (roster, scheme, without_variants(scheme)))
    console.say(Text(f"已写出 {out}", f"written to {out}"))


def _values(arguments: Sequence[str]) -> dict[str, str]:
    values = {}
    for argument in arguments:
        key, sign, value = argument.partition("=")
        if not sign:
            raise KpiError(
                Text(f"看不懂“{argument}”", f"cannot read {argument!r}"),
                Text("写成 指标=值，如 fcr=82%", "write indicator=value, such as fcr=82%"),
            )
        values[key.strip()] = value.strip()
    return values


def _is_as_built(data: bytes) -> bool:
    """Tell a template that `build` wrote, on whatever computer, from one that a spreadsheet program saved since."""
    from kpi_xl.workbook.page import is_as_packaged

    return is_as_packaged(data)
