"""What a wrongly written command line says: the messages of typer's parser, in the chosen language, with the remedy."""

from __future__ import annotations

import re

from kpi_xl.errors import KpiError, Text

_CHINESE = (
    (r"Missing option '(?P<name>[^']+)'.*", "缺少选项 {name}"),
    (r"Missing argument '(?P<name>[^']+)'.*", "缺少参数 {name}"),
    (r"Missing command\.", "没有写命令"),
    (r"No such option: (?P<name>\S+) [(]Possible options: (?P<near>.+)[)]", "没有选项 {name}，是不是 {near}？"),
    (r"No such option: (?P<name>\S+) Did you mean (?P<near>[^?]+)[?]", "没有选项 {name}，是不是 {near}？"),
    (r"No such option: (?P<name>\S+)", "没有选项 {name}"),
    (r"No such command '(?P<name>.+)'\. Did you mean (?P<near>.+)[?]", "没有命令 {name}，是不是 {near}？"),
    (r"No such command '(?P<name>.+)'\.", "没有命令 {name}"),
    (r"Option '(?P<name>[^']+)' requires .+", "选项 {name} 后面要写一个值"),
    (r"Option '(?P<name>[^']+)' does not take a value\.", "选项 {name} 后面不要写值"),
    (r"Got unexpected extra arguments?(?:[(]s[)])? [(](?P<name>.+)[)]", "多写了：{name}"),
    (r"Invalid value for '?(?P<name>[^':]+)'?: (?P<why>.+)", "{name} 的值不对：{why}"),
)
_REASONS = (
    (r"Input should be greater than or equal to (?P<limit>\S+)", "要大于或等于 {limit}"),
    (r"Input should be less than or equal to (?P<limit>\S+)", "要小于或等于 {limit}"),
    (r"(?P<value>\S+) is not in the range x>=(?P<limit>\S+?)\.", "{value} 不对，要大于或等于 {limit}"),
    (r"Input should be a valid integer.*|.+ is not a valid integer( range)?\.", "要写整数"),
    (r"Input should be a valid number.*|.+ is not a valid float\.", "要写数字"),
    (r".+ '(?P<path>.+)' does not exist\.", "{path} 不存在"),
    (r".+ '(?P<path>.+)' is a directory\.", "{path} 是文件夹，要写文件"),
    (r".+ '(?P<path>.+)' is a file\.", "{path} 是文件，要写文件夹"),
)


def usage_error(error: Exception) -> KpiError | None:
    """Return a parser's complaint as an error with a remedy; None for any other exception.

    The parser is click, or typer's own copy of it in later versions: its exceptions are known by what they can do.
    """
    format_message = getattr(error, "format_message", None)
    if format_message is None:
        return None
    english = str(format_message())
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "kpi-xl"
    about = getattr(getattr(error, "param", None), "help", None)
    return KpiError(
        Text(_chinese(english) + (f"（{about}）" if about else ""), english),
        Text(f"运行 {command} --help 查看怎样写", f"run {command} --help to see how it is written"),
    )


def _chinese(english: str) -> str:
    """Translate what is known of the parser's messages; anything else is quoted."""
    for pattern, chinese in _CHINESE:
        if found := re.fullmatch(pattern, english, re.DOTALL):
            parts = {key: value.replace("'", "") for key, value in found.groupdict().items()}
            if "why" in parts:
                parts["why"] = _reason(found["why"])
            return chinese.format(**parts)
    return f"命令写得不对：{english}"


def _reason(english: str) -> str:
    for pattern, chinese in _REASONS:
        if found := re.fullmatch(pattern, english, re.DOTALL):
            return chinese.format(**found.groupdict())
    return english
