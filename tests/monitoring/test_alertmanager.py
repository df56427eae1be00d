"""Who is told what: amtool judges the shipped configuration, and the parts of it that are shown in comments."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.monitoring.shipped import CONFIG, SEVERITIES, alerts, loaded
from tests.servers.available import requires_program

FOLDER = CONFIG / "alertmanager"
SHIPPED = FOLDER / "alertmanager.yml"

pytestmark = pytest.mark.prometheus


def amtool(*arguments: str) -> str:
    requires_program("amtool")
    done = subprocess.run(
        ["amtool", "--no-version-check", *arguments], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def receiver(path: Path, **labels: str) -> str:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    return amtool("config", "routes", "test", f"--config.file={path}", *pairs).strip()


@pytest.fixture
def uncommented(tmp_path: Path) -> Path:
    """As a user fills it in: with e-mail, and with people of its own for another site."""
    text = re.sub(r"^(\s*)#(?! \S)", r"\1", SHIPPED.read_text(), flags=re.MULTILINE)
    path = tmp_path / "alertmanager.yml"
    path.write_text(text)
    (tmp_path / "templates").symlink_to(FOLDER / "templates")
    return path


def test_amtool_accepts_what_is_shipped() -> None:
    assert "1 templates" in amtool("check-config", str(SHIPPED))


def test_amtool_accepts_what_the_comments_show(uncommented: Path) -> None:
    assert "4 receivers" in amtool("check-config", str(uncommented))
    assert loaded(uncommented)["route"]["routes"][1]["active_time_intervals"] == ["opening-hours"]
    assert loaded(uncommented)["receivers"][0]["email_configs"][0]["to"] == "duty@callcentre.example"


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"severity": "page", "pbx": "pbx1", "alertname": "AmiLost"}, "page"),
        ({"severity": "ticket", "pbx": "pbx1", "queue": "support"}, "ticket"),
        ({"severity": "info", "pbx": "pbx1"}, "info"),
        ({"alertname": "SomebodysOwn"}, "ticket"),
        ({"severity": "urgent", "pbx": "pbx1"}, "ticket"),
        ({"severity": "page", "pbx": "branch"}, "page"),
    ],
)
def test_who_is_told(labels: dict[str, str], told: str) -> None:
    assert receiver(SHIPPED, **labels) == told


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"severity": "page", "pbx": "branch"}, "page-branch"),
        ({"severity": "ticket", "pbx": "branch"}, "ticket"),
        ({"severity": "page", "pbx": "pbx1"}, "page"),
    ],
)
def test_another_site_may_have_people_of_its_own(uncommented: Path, labels: dict[str, str], told: str) -> None:
    assert receiver(uncommented, **labels) == told


def test_every_severity_has_a_receiver_of_its_own() -> None:
    assert {receiver(SHIPPED, severity=severity) for severity in SEVERITIES} == set(SEVERITIES)
    assert {alert.labels["severity"] for alert in alerts()} == set(SEVERITIES)


def test_inhibitions_name_alerts_and_labels_that_exist() -> None:
    names = {alert.alert for alert in alerts()}
    for rule in loaded(SHIPPED)["inhibit_rules"]:
        assert rule["equal"][0] == "pbx"
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            label, values = re.fullmatch(r'(\w+)=~?"([^"]+)"', matcher).groups()  # type: ignore[union-attr]
            known = names if label == "alertname" else {alert.labels[label] for alert in alerts()}
            assert set(values.split("|")) <= known, matcher


def test_the_message_says_what_is_wrong_since_when_and_what_to_do(tmp_path: Path) -> None:
    alert = {
        "status": "firing",
        "labels": {"alertname": "CallersRefused", "severity": "ticket", "queue": "support"},
        "annotations": {"summary": "support: full", "description": "It is full.", "runbook_url": "https://x/#y"},
        "startsAt": "2026-11-21T08:15:00Z",
        "endsAt": "2026-11-21T08:45:00Z",
    }
    data = tmp_path / "data.json"
    data.write_text(
        json.dumps(
            {
                "status": "firing",
                "alerts": [alert, alert | {"status": "resolved"}],
                "commonLabels": alert["labels"],
                "commonAnnotations": alert["annotations"],
            }
        )
    )

    def rendered(template: str) -> str:
        text = f'{{{{ template "{template}" . }}}}'
        glob = str(FOLDER / "templates" / "*.tmpl")
        return amtool(
            "template", "render", f"--template.glob={glob}", f"--template.text={text}", f"--template.data={data}"
        )

    assert rendered("ctibridge.subject").strip() == "[FIRING ticket] support: full"
    assert rendered("ctibridge.text").split("\n\n")[:2] == [
        "support: full\nIt is full.\nSince 2026-11-21 08:15:00 UTC. What to do: https://x/#y",
        "Over since 08:45:00 UTC: support: full",
    ]
