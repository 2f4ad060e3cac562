"""The typer application: one module per command group, errors turned into exit codes here and nowhere else."""

from __future__ import annotations

import io
import sys
import tempfile
import traceback
from pathlib import Path

import typer

from kpi_xl.cli import (
    calc_command,
    check_command,
    collect_command,
    console,
    excel_command,
    generate_command,
    map_command,
    measure_command,
    scheme_command,
    score_command,
    template_command,
    usage_errors,
)
from kpi_xl.errors import KpiError, Text

app = typer.Typer(
    name="kpi-xl",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="售后客服绩效考核：原始导出 → 每人一份可签名的考核表与网页。  After-sales appraisal: raw exports in, a workbook and a page per person out.",  # noqa: E501
)


@app.callback()
def _root(lang: str = typer.Option("zh", "--lang", help="zh | en：命令行消息的语言（可写在任何位置）")) -> None:
    """Options before the command; ``--lang`` is taken out of the arguments by `run`, wherever it stands."""


app.command("demo")(generate_command.demo)
app.command("generate")(generate_command.generate)
app.command("score")(score_command.score_command)
app.command("check")(check_command.check_command)
app.command("map")(map_command.map_command)
app.command("measure")(measure_command.measure_command)
app.command("schemes")(scheme_command.schemes_command)
app.command("collect")(collect_command.collect)
app.command("verify")(collect_command.verify)
app.add_typer(collect_command.ledger_app, name="ledger")
app.add_typer(scheme_command.scheme_app, name="scheme")
app.add_typer(template_command.template_app, name="template")
app.add_typer(excel_command.excel_app, name="excel")
app.add_typer(calc_command.calc_app, name="calc")


def run() -> None:
    """Run the command line on ``sys.argv``. Exit codes: 0 done; 1 finished with failures; 2 unusable input."""
    sys.argv = [sys.argv[0], *console.take_language(sys.argv[1:])]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console or pipe of another code page must not stop on a Chinese name
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = app(standalone_mode=False)  # so that usage errors come here, not out in English
    except KpiError as error:
        console.fail(error)
        sys.exit(2)
    except (KeyboardInterrupt, BrokenPipeError, typer.Abort):
        sys.exit(130)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command: typer's message is the help
            console.warn(str(error))
            sys.exit(2)
        wrong = usage_errors.usage_error(error)
        if wrong is not None:
            console.fail(wrong)
            sys.exit(2)
        with tempfile.NamedTemporaryFile(
            "w", prefix="kpi-xl-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            log.write(traceback.format_exc())
        console.fail(
            KpiError(
                Text("程序内部出错，没有完成", "an internal error stopped the work"),
                Text(f"请把 {Path(log.name)} 发给维护者", f"send {Path(log.name)} to the maintainers"),
            )
        )
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
