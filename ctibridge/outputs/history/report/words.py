"""The reports' words in English and Chinese, as the field says them (docs/glossary.md).

Titles of columns, texts of the page, and the names of states and outcomes; a test sees that none is missing.
"""

from typing import Final, TypeAlias

from ctibridge.outputs.history.report.document import Language

Pair: TypeAlias = tuple[str, str]
"""English, Chinese."""

TITLES: Final[dict[str, Pair]] = {
    "period": ("Period", "时段"),
    "since": ("From", "开始"),
    "until": ("To", "结束"),
    "pbx": ("PBX", "交换机"),
    "queue": ("Queue", "队列"),
    "label": ("Queue", "队列"),
    "agent": ("Agent", "坐席"),
    "name": ("Name", "姓名"),
    "team": ("Team", "班组"),
    "offered": ("Offered", "呼入量"),
    "answered": ("Answered", "接通量"),
    "abandoned": ("Abandoned", "放弃量"),
    "abandoned_short": ("Of these short", "其中短放弃"),
    "exited": ("Left otherwise", "其他离开"),
    "lost": ("Not known", "去向未知"),
    "waiting": ("Waiting", "等待中"),
    "refused": ("Refused", "被拒"),
    "answer_rate_ratio": ("Answer rate", "接通率"),
    "abandon_rate_ratio": ("Abandon rate", "放弃率"),
    "abandon_rate_net_ratio": ("Abandon rate, net", "净放弃率"),
    "service_level_negative_ratio": ("Service level", "服务水平"),
    "answered_late": ("Late answers", "超时应答量"),
    "late_answer_rate_ratio": ("Late-answer rate", "应答超时率"),
    "answered_beyond": ("Answered too late to count", "超长等待应答量"),
    "answered_within_rings": ("Answered within rings", "铃响内应答量"),
    "within_rings_rate_ratio": ("Within rings", "铃响内应答率"),
    "speed_of_answer_seconds": ("ASA", "平均应答速度"),
    "mean_wait_seconds": ("Mean wait", "平均排队时间"),
    "mean_abandon_wait_seconds": ("Mean wait of abandons", "平均放弃时间"),
    "wait_p50_seconds": ("Wait, 50 %", "等待 50 分位"),
    "wait_p90_seconds": ("Wait, 90 %", "等待 90 分位"),
    "wait_p95_seconds": ("Wait, 95 %", "等待 95 分位"),
    "longest_wait_seconds": ("Longest wait", "最长等待"),
    "talk_seconds": ("Talk", "通话时长"),
    "mean_talk_seconds": ("Mean talk", "平均交谈"),
    "mean_hold_seconds": ("Mean hold", "平均持线"),
    "mean_wrap_up_seconds": ("Mean wrap-up", "平均事后处理"),
    "mean_handle_seconds": ("AHT", "平均处理时长"),
    "transferred": ("Transferred", "转接量"),
    "transfer_rate_ratio": ("Transfers", "转接率"),
    "blocked_rate_ratio": ("Blocked", "忙音率"),
    "ring_no_answer": ("Not picked up", "振铃未接"),
    "ring_cancelled": ("Rings cancelled", "振铃取消"),
    "numbers_known": ("Calls with a number", "有号码的来电"),
    "repeat_calls": ("Repeat calls", "重复来电"),
    "repeat_rate_ratio": ("Repeat callers, 30 d", "30 日重复来电率"),
    "usual_offered": ("Usual", "平日同期"),
    "inflow_deviation_ratio": ("Against usual", "话务偏差"),
    "is_unusual_inflow": ("Unusual inflow", "话务异常"),
    "calls_per_hour": ("Calls per hour", "每小时接听"),
    "logged_in_seconds": ("Logged in", "签入时长"),
    "occupancy_ratio": ("Occupancy", "占线率"),
    "ready_seconds": ("Ready", "就绪"),
    "ringing_seconds": ("Ringing", "振铃"),
    "busy_seconds": ("On calls", "通话"),
    "wrap_up_seconds": ("Wrap-up", "事后处理"),
    "not_ready_seconds": ("Not ready", "示忙"),
    "unreachable_seconds": ("Unreachable", "不可达"),
    "limits_exceeded": ("Limits exceeded", "超限次数"),
    "overrun_seconds": ("Over the limit", "超限时长"),
    "formula": ("Formula", "算法"),
    "numerator": ("Numerator", "分子"),
    "denominator": ("Denominator", "分母"),
    "service_level": ("Service level", "服务水平"),
    "state": ("State", "状态"),
    "reason": ("Reason", "原因"),
    "count": ("Times", "次数"),
    "state_seconds": ("Time", "时长"),
    "joined_at": ("Joined", "进入队列"),
    "call": ("Call", "呼叫标识"),
    "caller": ("Caller", "主叫"),
    "position": ("Position", "排队位置"),
    "outcome": ("Outcome", "结果"),
    "wait_seconds": ("Wait", "等待"),
    "ring_seconds": ("Ring", "振铃"),
    "hold_seconds": ("Hold", "持线"),
    "ended_by": ("Ended by", "挂断方"),
    "transfer_kind": ("Transfer", "转接方式"),
    "left_at": ("Left the queue", "离开队列"),
    "ended_at": ("Ended", "结束时间"),
    "abandons": ("Gave up", "放弃次数"),
    "first_at": ("First", "首次放弃"),
    "last_at": ("Last", "最近放弃"),
    "is_short": ("Short", "短放弃"),
    "deadline": ("Call back by", "回拨期限"),
    "is_overdue": ("Overdue", "已逾期"),
    "standing": ("Standing", "状态"),
    "alarm": ("Alarm", "告警"),
    "alarm_seconds": ("Lasted", "持续时长"),
    "severity": ("Severity", "级别"),
    "rule": ("Rule", "规则"),
    "value": ("At first", "触发值"),
    "worst_value": ("At worst", "最差值"),
    "threshold": ("Threshold", "阈值"),
    "unit": ("Unit", "单位"),
    "detail": ("Detail", "说明"),
    "acknowledged_by": ("Acknowledged by", "确认人"),
    "acknowledged_at": ("Acknowledged", "确认时间"),
    "alert": ("Alarm id", "告警标识"),
    "firing": ("Still on", "未恢复"),
    "longest_seconds": ("Longest", "最长"),
    "acknowledged": ("Acknowledged", "已确认"),
    "at": ("At", "时间"),
    "user": ("User", "用户"),
    "role": ("Role", "角色"),
    "command": ("Command", "指令"),
    "target": ("About", "对象"),
    "arguments": ("With", "参数"),
    "message": ("Message", "消息"),
    "via": ("Came by", "方式"),
    "address": ("From", "来源地址"),
    "transaction": ("Transaction", "事务标识"),
}
"""Of columns, by their key."""

LEVELS: Final[dict[str, Pair]] = {
    "handled": ("answered in time ÷ answered", "时限内接通 ÷ 接通"),
    "without_abandon": (
        "answered in time ÷ (answered + abandoned − abandoned in time)",
        "时限内接通 ÷（接通 + 放弃 − 时限内放弃）",
    ),
    "positive": (
        "(answered in time + abandoned in time) ÷ (answered + abandoned)",
        "（时限内接通 + 时限内放弃）÷（接通 + 放弃）",
    ),
    "negative": ("answered in time ÷ (answered + abandoned)", "时限内接通 ÷（接通 + 放弃）"),
    "net": (
        "answered in time ÷ (answered + abandoned − short abandons)",
        "时限内接通 ÷（接通 + 放弃 − 短放弃）",
    ),
}
"""The five service levels."""

PARTS: Final[dict[str, Pair]] = {
    "numerator": ("numerator", "分子"),
    "denominator": ("denominator", "分母"),
    "ratio": ("ratio", "比率"),
}

NAMES: Final[dict[str, Pair]] = {
    "ready": ("ready", "就绪"),
    "ringing": ("ringing", "振铃"),
    "busy": ("on a call", "通话"),
    "wrap_up": ("wrap-up", "事后处理"),
    "not_ready": ("not ready", "示忙"),
    "unreachable": ("unreachable", "不可达"),
    "unknown": ("unknown", "未知"),
    "logged_out": ("logged out", "签出"),
    "answered": ("answered", "接通"),
    "abandoned": ("abandoned", "放弃"),
    "exited": ("left", "离开"),
    "refused": ("refused", "被拒"),
    "lost": ("not known", "去向未知"),
    "waiting": ("waiting", "等待中"),
    "agent": ("agent", "坐席"),
    "caller": ("caller", "主叫"),
    "transfer": ("transfer", "转接"),
    "overdue": ("overdue", "已逾期"),
    "open": ("open", "待回拨"),
    "timeout": ("timeout", "超时"),
    "key": ("key pressed", "按键"),
    "full": ("queue full", "队列已满"),
    "info": ("info", "提示"),
    "warning": ("warning", "警告"),
    "critical": ("critical", "严重"),
    "done": ("done", "已执行"),
    "failed": ("failed", "失败"),
    "unconfirmed": ("unconfirmed", "未确认"),
    "leader": ("team leader", "班长"),
    "supervisor": ("duty supervisor", "值班长"),
    "inspector": ("quality inspector", "质检"),
    "manager": ("manager", "经理"),
}
"""Of states, outcomes and the like; whatever is not here is shown as it is."""

NAMED_COLUMNS: Final = frozenset({"state", "outcome", "ended_by", "standing", "reason", "severity", "role"})
"""Columns whose values are among ``NAMES``."""

TEXTS: Final[dict[str, Pair]] = {
    "queues": ("Queues", "队列"),
    "agents": ("Agents", "坐席"),
    "teams": ("Teams", "班组"),
    "calls": ("Calls", "通话明细"),
    "intervals": ("Periods", "时段"),
    "callbacks": ("To call back", "待回拨"),
    "reasons": ("Time by state and reason", "各状态与原因时长"),
    "levels": ("Service level, five formulas", "服务水平的五种算法"),
    "title_queues": ("Queue report", "队列报表"),
    "title_agents": ("Agent report", "坐席报表"),
    "title_calls": ("Call report", "通话明细报表"),
    "title_intervals": ("Interval report", "时段报表"),
    "title_callbacks": ("Callback list", "回拨清单"),
    "alarms": ("Alarms", "告警"),
    "rules": ("Alarms by rule", "按规则统计"),
    "commands": ("Commands", "指令"),
    "title_alarms": ("Alarm report", "告警报表"),
    "title_commands": ("Command report", "指令报表"),
    "alarms_note": (
        "Every alarm that was on at any time of this range. – under To: it is still on.",
        "在此时段内出现过的全部告警；“结束”为 “–” 表示仍未恢复。",
    ),
    "commands_note": (
        "Everything that was asked of the bridge, also what it refused.",
        "向系统发出的全部指令，包括被拒绝的。",
    ),
    "total": ("Total", "合计"),
    "by_entry": ("Calls belong to the period in which the caller joined.", "来电按进入队列的时间归入时段。"),
    "by_end": (
        "Calls belong to the period in which the wait ended; callers who still wait are left out.",
        "来电按离开队列的时间归入时段；仍在等待的来电不计。",
    ),
    "queues_of_agents": (
        "Calls and rings are those of the named queues; time in states is that of all queues.",
        "接听与振铃只计所选队列；状态时长为全部队列。",
    ),
    "unknown": ("– is not known, or there is nothing to divide by.", "“–” 表示未知，或没有可计算的数据。"),
    "usual": (
        (
            "Usual is the mean of the same time on the last 7 days on which calls were recorded;"
            " ! marks more than 5 % off, from 20 calls on."
        ),
        "平日同期为近 7 日（有记录的日子）同一时段的均值；“!” 表示偏差超过 5 %（不少于 20 通）。",
    ),
    "returned": (
        "No later call of theirs was answered. Whether somebody called them back is not known to telephony.",
        "此后没有已接通的来电。是否已人工回拨，电话系统无从得知。",
    ),
    "without_number": (
        "{} more gave up without a number: nobody can call them back.",
        "另有 {} 次放弃没有号码，无法回拨。",
    ),
    "more": ("… {} more; --format csv has all of them.", "……还有 {} 行；--format csv 可导出全部。"),
    "refusals_note": (
        "Refused callers never joined a queue and are not among the offered.",
        "被拒来电未进入队列，不计入呼入量。",
    ),
    "kept_note": (
        (
            "Where only half-hour sums are kept, single waits and numbers are gone: longest wait, percentiles and"
            " repeat callers are not known."
        ),
        "若只保留了半小时汇总，则最长等待、分位数与重复来电率未知。",
    ),
    "made": ("made", "生成于"),
    "inflow_chart": ("Inflow and service level", "话务量与服务水平"),
    "ribbon_chart": ("Agents' day", "坐席工作时间带"),
    "target": ("target", "目标"),
    "within": ("within {} s", "{} 秒内"),
    "no_figures": ("No calls in these periods.", "这些时段没有来电。"),
    "ribbon_more": ("{} more agents are in the table.", "另有 {} 名坐席，见下表。"),
    "overrun_mark": ("over the limit", "超限"),
    "usual_line": ("usual", "平日同期"),
}


def _of(pair: Pair, language: Language) -> str:
    return pair[1] if language == "zh" else pair[0]


def text(key: str, language: Language) -> str:
    """A text of the page."""
    return _of(TEXTS[key], language)


def title(key: str, language: Language) -> str:
    """The title of a column."""
    if key in TITLES:
        return _of(TITLES[key], language)
    level, _, part = key.removeprefix("service_level_").rpartition("_")
    return f"{text_of_level(level, language)}, {_of(PARTS[part], language)}"


def text_of_level(level: str, language: Language) -> str:
    """What a service level divides by what."""
    return _of(LEVELS[level], language)


def name(value: str, language: Language) -> str:
    """A state or outcome as people say it."""
    return _of(NAMES[value], language) if value in NAMES else value
