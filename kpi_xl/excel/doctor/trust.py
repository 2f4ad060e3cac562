"""What forbids add-ins and macros: policies, and the settings of Excel's Trust Center."""

from __future__ import annotations

from kpi_xl.errors import Text
from kpi_xl.excel.doctor.add_ins import Routes
from kpi_xl.excel.doctor.checkup import ASK_IT, Checkup, well
from kpi_xl.excel.doctor.office import Office, setting
from kpi_xl.excel.windows import Windows

_SECURITY, _PLACES = r"Excel\Security", r"Excel\Security\Trusted Locations"
_RESILIENCY = r"Excel\Resiliency"
_NEVER, _SIGNED = 4, 3  # of VBAWarnings


def check_trust(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    """Check what Excel is allowed to load and to run; the trust to VBA projects only where functions are imported."""
    found = [*_macros_off(windows, office), *_add_ins_off(windows, office, routes), *_macros(windows, office, routes)]
    if routes.imports and not routes.add_in:
        found += _project(windows, office)
    return found or [well("没有策略或设置禁用加载项和宏", "no policy or setting forbids add-ins and macros")]


def _centre(policy: bool, zh: str, en: str) -> Text:
    """Return what to do: nobody can change what a policy set."""
    if policy:
        return ASK_IT
    return Text(
        f"文件 → 选项 → 信任中心 → 信任中心设置 → {zh}，再重新打开 Excel", f"File > Options > Trust Center > {en}, then restart"
    )


def _macros_off(windows: Windows, office: Office) -> list[Checkup]:
    if setting(windows, office, "Common", "VBAOff")[0] != 1:
        return []
    return [
        Checkup("failed", Text("公司策略关闭了 Office 的 VBA（VBAOff）", "a policy switches VBA off in Office (VBAOff)"), _LITE)
    ]


_LITE = Text(
    "请联系 IT；或改用 kpi-xl excel lite（不需要宏），或考核表中的原生公式",
    "ask IT, or use kpi-xl excel lite, which needs no macros, or the native formulas",
)


def _add_ins_off(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    found = []
    value, policy = setting(windows, office, _SECURITY, "DisableAllAddins")
    if value == 1:
        found.append(
            Checkup(
                "failed",
                Text("Excel 禁用了所有应用程序加载项", "Excel disables all application add-ins"),
                _centre(policy, "加载项，取消“禁用所有应用程序加载项”", "Add-ins: untick 'Disable all Application Add-ins'"),
            )
        )
    value, policy = setting(windows, office, _SECURITY, "RequireAddinSig")
    if value == 1:
        found.append(
            Checkup(
                "failed",
                Text("Excel 只加载有签名的加载项，本加载项没有签名", "Excel loads signed add-ins only, and ours is not signed"),
                _centre(
                    policy, "加载项，取消“要求受信任的发布者签署”", "Add-ins: untick 'Require Application Add-ins to be signed'"
                ),
            )
        )
    return found + [one for name in routes.names for one in _managed(windows, office, name)]


def _managed(windows: Windows, office: Office, name: str) -> list[Checkup]:
    """A policy may list add-ins: 0 blocks one, and with RestrictToList those that it does not list are blocked."""
    listed, _policy = setting(windows, office, rf"{_RESILIENCY}\AddinList", name)
    restricted, _policy = setting(windows, office, _RESILIENCY, "RestrictToList")
    if listed == 0 or (restricted == 1 and listed is None):
        return [
            Checkup("failed", Text(f"公司策略不允许加载项 {name}", f"a policy does not allow the add-in {name}"), ASK_IT),
        ]
    return []


def _macros(windows: Windows, office: Office, routes: Routes) -> list[Checkup]:
    """The start folder is a trusted place: add-ins in it run macros whatever is set for them, unless such places are off."""
    level, level_policy = setting(windows, office, _SECURITY, "VBAWarnings")
    off, off_policy = setting(windows, office, _PLACES, "AllLocationsDisabled")
    network = str(windows.start_folder).startswith("\\\\")
    allowed, _policy = setting(windows, office, _PLACES, "AllowNetworkLocations")
    found = []
    if off == 1:
        found.append(
            Checkup(
                "failed",
                Text(
                    "Excel 停用了所有受信任位置，启动文件夹中的加载项不能运行",
                    "Excel has no trusted locations: the start folder is none",
                ),
                _centre(
                    off_policy,
                    "受信任位置，取消“禁用所有受信任位置”",
                    "Trusted Locations: untick 'Disable all Trusted Locations'",
                ),
            )
        )
    elif network and allowed != 1:
        found.append(
            Checkup(
                "warning",
                Text(
                    f"启动文件夹在网络上，Excel 默认不信任：{windows.start_folder}",
                    f"Excel's start folder lies on the network and is not trusted by default: {windows.start_folder}",
                ),
                Text(
                    "受信任位置中勾选“允许网络上的受信任位置”并加入该文件夹；不能改时请联系 IT",
                    "allow trusted locations on the network and add the folder, or ask your IT",
                ),
            )
        )
    if level in (_NEVER, _SIGNED) and (not routes.add_in or found):
        found.append(
            Checkup(
                "failed",
                Text("Excel 禁用了所有宏且不提示", "Excel disables all macros without notification")
                if level == _NEVER
                else Text("Excel 只运行有签名的宏", "Excel runs signed macros only"),
                _centre(
                    level_policy,
                    "宏设置，改为“禁用所有宏，并发出通知”，打开工作簿时点“启用内容”",
                    "Macro Settings: 'disable with notification', and enable the content",
                ),
            )
        )
    return found


def _project(windows: Windows, office: Office) -> list[Checkup]:
    value, policy = setting(windows, office, _SECURITY, "AccessVBOM")
    if value == 1:
        return []
    if policy:
        return [
            Checkup(
                "failed",
                Text("公司策略禁止“信任对 VBA 工程对象模型的访问”", "a policy forbids access to the VBA project object model"),
                Text(
                    "改用加载项：运行 kpi-xl excel install；或 kpi-xl excel lite（不需要宏）",
                    "use the add-in: kpi-xl excel install; or kpi-xl excel lite, which needs no macros",
                ),
            )
        ]
    return [
        Checkup(
            "failed",
            Text("没有勾选“信任对 VBA 工程对象模型的访问”", "access to the VBA project object model is not trusted"),
            Text(
                "文件 → 选项 → 信任中心 → 宏设置，勾选后重新打开 Excel；或改用加载项：kpi-xl excel install",
                "File > Options > Trust Center > Macro Settings, then restart Excel; or use the add-in: kpi-xl excel install",
            ),
        )
    ]
