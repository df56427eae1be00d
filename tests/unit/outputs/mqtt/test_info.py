import json

from ctibridge.domain.policy import Policy, QueueOverrides, Team
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.info import STATE_LABELS, site_info
from tests.unit.outputs import facts


def test_what_a_display_needs_to_know() -> None:
    overrides = {"vip": QueueOverrides(label="重要客户", service_level_threshold=10)}
    policy = Policy(queues=overrides, teams=(Team(name="day", label="Day shift", agents=("1001",)),))
    info = site_info(
        version="1.2.3",
        pbx="pbx1",
        policy=policy,
        overrides=overrides,
        websocket_url="ws://host:9001",
        has_private=True,
    )
    message = Announcer(pbx="pbx1", base="ctibridge/v1").info(info, epoch=7, sequence=42, now=facts.AT)
    document = json.loads(message.payload)
    assert (message.topic, message.is_retained, message.qos) == ("ctibridge/v1/pbx1/info", True, 1)
    assert (document["type"], document["subject"]) == ("ctibridge.bridge.info.v1", "bridge")
    data = document["data"]
    assert data["version"] == "1.2.3"
    assert data["capabilities"] == ["events", "states", "stats", "alarms", "private"]
    assert data["languages"] == ["en", "zh"]
    assert data["websocket_url"] == "ws://host:9001"
    assert data["states"]["wrap_up"] == {"en": "Wrap-up", "zh": "事后处理"}
    assert data["defaults"]["service_level_threshold"] == 20
    assert data["queues"]["vip"]["label"] == "重要客户"
    assert data["queues"]["vip"]["policy"]["service_level_threshold"] == 10
    assert data["teams"] == {"day": {"label": "Day shift"}}
    assert data["severities"]["critical"] == {"en": "Critical", "zh": "严重"}
    level = next(rule for rule in data["rules"] if rule["name"] == "service_level_low")
    assert level["label"] == {"en": "Service level is low", "zh": "服务水平偏低"}
    assert (level["subject"], level["unit"], level["severity"]) == ("queue", "ratio", "warning")
    assert (level["comparison"], level["threshold"], level["window"]) == ("below", "service_level_target", "30m")
    away = next(reason for reason in data["pause_reasons"] if reason["code"] == "away")
    assert (away["label"], away["label_zh"], away["limit"], away["needs_approval"]) == ("Away", "暂离", 300, True)


def test_every_state_has_its_words() -> None:
    assert set(STATE_LABELS) == set(AgentState)
