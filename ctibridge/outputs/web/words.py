"""The page's words in English and Chinese."""

from typing import Final

import msgspec

from ctibridge.domain.views import AgentState


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language."""

    language: str
    other_language: str
    other_language_name: str
    title: str
    reload: str
    as_of: str
    queues: str
    agents: str
    queue: str
    agent: str
    waiting: str
    longest_wait: str
    staff: str
    today: str
    offered: str
    answered: str
    abandoned: str
    service_level: str
    speed_of_answer: str
    state: str
    since: str
    calls: str
    in_sync: str
    not_in_sync: str
    no_queues: str
    no_agents: str
    states: dict[AgentState, str]


ENGLISH: Final = Words(
    language="en",
    other_language="zh",
    other_language_name="中文",
    title="Call centre",
    reload="Reload",
    as_of="as of",
    queues="Queues",
    agents="Agents",
    queue="Queue",
    agent="Agent",
    waiting="Waiting",
    longest_wait="Longest wait",
    staff="Members",
    today="Today",
    offered="Offered",
    answered="Answered",
    abandoned="Abandoned",
    service_level="In time",
    speed_of_answer="Mean wait",
    state="State",
    since="For",
    calls="Answered",
    in_sync="in sync",
    not_in_sync="no connection to the PBX: what is shown may be out of date",
    no_queues="No queues are known yet.",
    no_agents="No agents are logged in.",
    states={
        AgentState.LOGGED_OUT: "logged out",
        AgentState.READY: "ready",
        AgentState.RINGING: "ringing",
        AgentState.BUSY: "on a call",
        AgentState.WRAP_UP: "wrap-up",
        AgentState.NOT_READY: "not ready",
        AgentState.UNREACHABLE: "unreachable",
        AgentState.UNKNOWN: "unknown",
    },
)

CHINESE: Final = Words(
    language="zh",
    other_language="en",
    other_language_name="English",
    title="呼叫中心",
    reload="刷新",
    as_of="截至",
    queues="队列",
    agents="坐席",
    queue="队列",
    agent="坐席",
    waiting="等待",
    longest_wait="最长等待",
    staff="成员",
    today="今日",
    offered="呼入",
    answered="接通",
    abandoned="放弃",
    service_level="服务水平",
    speed_of_answer="平均等待",
    state="状态",
    since="时长",
    calls="接听",
    in_sync="已同步",
    not_in_sync="与交换机的连接中断，显示的数据可能已过时",
    no_queues="尚未发现队列。",
    no_agents="没有坐席签入。",
    states={
        AgentState.LOGGED_OUT: "签出",
        AgentState.READY: "就绪",
        AgentState.RINGING: "振铃",
        AgentState.BUSY: "通话",
        AgentState.WRAP_UP: "事后处理",
        AgentState.NOT_READY: "示忙",
        AgentState.UNREACHABLE: "不可达",
        AgentState.UNKNOWN: "未知",
    },
)


def words(language: str) -> Words:
    """The words of a language, English for one that we do not speak."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH
