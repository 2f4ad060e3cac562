"""``kpi-xl generate`` and ``kpi-xl demo``: the whole job from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_xl.arguments import local_now
from kpi_xl.cli import console
from kpi_xl.cli.formulas_option import FormulasOption, formulas_mode
from kpi_xl.cli.score_command import read_pairs
from kpi_xl.errors import Text
from kpi_xl.periods import Period

if TYPE_CHECKING:
    from kpi_xl.job import Report


def generate(
    scheme: Annotated[str, typer.Option(help="考核方案：编号，或方案文件")],
    period: Annotated[str, typer.Option(help="考核周期：2025-09、2025-Q3 或 2025")],
    out: Annotated[Path, typer.Option(help="结果文件夹")],
    exports: Annotated[
        list[Path] | None,
        typer.Argument(help="原始导出文件（csv、tsv、xlsx、xls），可以多个；只用人工评分时可不写", show_default=False),
    ] = None,
    variant: Annotated[list[str] | None, typer.Option(help="方案变体，可重复")] = None,
    roster: Annotated[Path | None, typer.Option(help="花名册（可写明每人的方案和变体）")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="映射文件：TOML（见 kpi-xl map），或填好的导入检查.xlsx（见 kpi-xl check）")
    ] = None,
    ratings: Annotated[Path | None, typer.Option(help="人工评分表（xlsx 或 csv）")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--set", metavar="PARAM=VALUE", help="公司填写的参数、全部门共用的数值，可重复")
    ] = None,
    waive: Annotated[list[str] | None, typer.Option(help="豁免的指标组，可重复")] = None,
    ledger: Annotated[str | None, typer.Option(help="台账：文件名，或数据库地址")] = None,
    password_file: Annotated[Path | None, typer.Option(help="密码文件（工号,密码），每人的考核表用各自的密码加密")] = None,
    formulas: FormulasOption = "native",
    html: Annotated[bool, typer.Option("--html/--no-html", help="是否生成网页")] = True,
    pdf: Annotated[bool, typer.Option("--pdf", help="同时生成 PDF（需要 LibreOffice）")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="并行进程数，默认为处理器个数")] = None,
    scheduler: Annotated[str | None, typer.Option(help="dask 调度器地址")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 文档")] = False,
) -> None:
    """每人一份考核表和网页、团队与部门汇总、数据问题清单。  A workbook and a page per person, and the summaries.

    数据的含义只是推测、而分数要用到它时不生成，列出要确认的每一处（退出码 2）。
    Nothing is made while a meaning that a point depends on is only guessed; each is listed (exit code 2).
    """
    from kpi_xl.collect.passwords import read_passwords
    from kpi_xl.job import Order, run

    with console.progress() as progress:
        report = run(
            Order(
                exports=tuple(exports or ()),
                scheme=scheme,
                period=Period.parse(period),
                out=out,
                now=local_now(),
                variants=tuple(variant or ()),
                roster=roster,
                mapping=mapping,
                ratings=ratings,
                entered=read_pairs(parameter or [], "--set "),
                waive=tuple(waive or ()),
                ledger=ledger,
                passwords=None if password_file is None else read_passwords(password_file),
                formulas=formulas_mode(formulas),
                html=html,
                pdf=pdf,
                workers=workers,
                scheduler=scheduler,
                progress=progress,
            )
        )
    if as_json:
        console.write_json(_document(report))
    else:
        _tell(report)
    if report.failed or report.failed_files:
        raise typer.Exit(1)


def demo(
    out: Annotated[Path, typer.Option(help="结果文件夹")] = Path("kpi-xl-demo"),
    ledger: Annotated[str | None, typer.Option(help="台账：文件名，或数据库地址")] = None,
) -> None:
    """用虚构的部门演示全部流程，完全在本机进行。  The whole job on an invented department, on this machine only."""
    from kpi_xl.demo import write_demo
    from kpi_xl.job import Order, run
    from kpi_xl.outputs import writing

    exports = out / "原始导出"
    console.say(Text(f"生成示例导出文件：{exports}", f"inventing sample exports: {exports}"))
    with writing(exports):
        files = write_demo(exports)
    failed = False
    for period, ratings in zip(files.periods, files.ratings, strict=True):
        with console.progress() as progress:
            report = run(
                Order(
                    exports=files.exports,
                    scheme="appliance-agent",
                    period=period,
                    out=out,
                    now=local_now(),
                    roster=files.roster,
                    ratings=ratings,
                    ledger=ledger,
                    progress=progress,
                )
            )
        _tell(report)
        failed = failed or bool(report.failed)
    _what_to_open(out, [str(period) for period in files.periods[-2:]])
    if failed:
        raise typer.Exit(1)


def _tell(report: Report) -> None:
    folder = report.folder
    console.say(
        Text(
            f"{folder.name}：{report.people} 人，完成 {report.done} 人（待评 {report.pending}），"
            + (f"需要您处理 {report.to_do} 处（见 数据问题.xlsx）" if report.to_do else "数据没有需要您处理的问题"),
            f"{folder.name}: {report.people} people, {report.done} done, {report.pending} pending, {report.to_do} things to do"
            + (" (see 数据问题.xlsx)" if report.to_do else ""),
        )
    )
    if report.unchanged:
        console.say(Text(f"  其中 {report.unchanged} 人与上次相同，未重做", f"  {report.unchanged} unchanged since the last run"))
    for entry in report.not_appraised:
        console.say(
            Text(
                f"  不参加考核：{entry.person.id} {entry.person.name}（{entry.reason.zh}）",
                f"  not appraised: {entry.person.id} {entry.person.name} ({entry.reason.en})",
            )
        )
    for name in report.kept:
        console.warn(
            Text(f"  有人改过的文件已保留为 {name}，请核对", f"  a file that somebody changed was kept as {name}: look at it")
        )
    for warning in report.warnings:
        console.warn(warning)
    for failed in report.failed_files:
        console.fail(failed.error)
    for person, reason in report.failed.items():
        console.warn(Text(f"  失败：{person}：{reason.zh}", f"  failed: {person}: {reason.en}"))
    if report.log is not None:
        console.tell_log(folder / report.log)
    console.say(Text(f"  结果在 {folder}", f"  results in {folder}"))


def _what_to_open(out: Path, periods: list[str]) -> None:
    console.say(Text("请打开：", "Now open:"))
    for period in periods:
        console.say(f"  {out / period / 'index.html'}")
        console.say(f"  {out / period / '汇总.xlsx'}")
    sample = next(iter(sorted((out / periods[0]).glob("*/*_*.xlsx"))), None)
    if sample is not None:
        console.say(f"  {sample}")
        console.say(f"  {sample.with_suffix('.html')}")


def _document(report: Report) -> dict[str, Any]:
    return {
        "folder": str(report.folder),
        "people": report.people,
        "done": report.done,
        "pending": report.pending,
        "unchanged": report.unchanged,
        "failed": [{"id": key, "reason": reason.in_language(console.language())} for key, reason in report.failed.items()],
        "log": report.log,
        "failed_files": [
            {
                "file": failed.file,
                "reason": failed.error.message.in_language(console.language()),
                "remedy": failed.error.remedy.in_language(console.language()),
            }
            for failed in report.failed_files
        ],
        "not_appraised": [
            {"id": n.person.id, "name": n.person.name, "reason": n.reason.in_language(console.language())}
            for n in report.not_appraised
        ],
        "kept": list(report.kept),
        "warnings": [warning.in_language(console.language()) for warning in report.warnings],
        "issues": report.issue_count,
        "to_do": report.to_do,
    }
