"""Every message that a wrong configuration can produce, and where each setting may come from."""

# ruff: noqa: E501, ISC004 - messages stand as they are printed

from pathlib import Path

import pytest

from ctibridge.app.config import FILE_VARIABLE, Configuration, from_document, load
from ctibridge.app.config_document import ConfigurationError, Document
from ctibridge.domain.policy import DEFAULT_PAUSE_REASONS

SECRET = {"CTIBRIDGE_PBX__0__SECRET": "s3cret"}


def configured(text: str, **environment: str) -> Configuration:
    return from_document(Document("site.toml", text), SECRET | environment)


def complaints(text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        configured(text, **environment)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[mqtt]\nhots = "x"', 'site.toml:2: mqtt.hots: unknown key; did you mean "host"?'),
        ("[http]\nzebra = 1", "site.toml:2: http.zebra: unknown key; expected one of cert_file, host, insecure, key_file, open_metrics, port, require_token"),
        ('[[pbx]]\nport = "5038"', 'site.toml:2: pbx[0].port: expected a whole number, got "5038"'),
        ("[[pbx]]\nport = 50.5", "site.toml:2: pbx[0].port: expected a whole number, got 50.5"),
        ("[[pbx]]\nport = true", "site.toml:2: pbx[0].port: expected a whole number, got true"),
        ("[[pbx]]\nport = 99999", "site.toml:2: pbx[0].port: expected a port from 1 to 65535, got 99999"),
        ("[[pbx]]\nhost = 1", "site.toml:2: pbx[0].host: expected text, got 1"),
        ("[[pbx]]\nhost = 2026-01-01", "site.toml:2: pbx[0].host: expected text, got 2026-01-01 (a date or time)"),
        ('[[pbx]]\ntls = "yes"', 'site.toml:2: pbx[0].tls: expected true or false, got "yes"'),
        ('[[pbx]]\nauth = "sha"', 'site.toml:2: pbx[0].auth: expected one of "md5", "plain", got "sha"'),
        ("[pbx]\nport = 1", "site.toml:1: pbx: expected an array of tables, [[…]], got a table"),
        ("pbx = 5", "site.toml:1: pbx: expected an array of tables, [[…]], got 5"),
        ("http = []", "site.toml:1: http: expected a table, got a list"),
        ("[defaults]\nrings = 0", "site.toml:2: defaults.rings: must be at least 1"),
        ("[defaults]\nlate_answer = nan", "site.toml:2: defaults.late_answer: expected a number, got nan"),
        ("[defaults]\nlate_answer = -1", "site.toml:2: defaults.late_answer: must not be negative"),
        ("[queues.vip]\nrings = 0", "site.toml:2: queues.vip.rings: must be at least 1"),
        ('[queues."销售"]\nrings = "2"', 'site.toml:2: queues."销售".rings: expected a whole number, got "2"'),
        ("[queues]\nVIP = {}\nvip = {}", 'site.toml:3: queues.vip: "vip" is the name of an earlier [queues.…] already'),
        ("[[teams]]\nname = 'a'\nagents = [1]", "site.toml:3: teams[0].agents[0]: expected text, got 1"),
        ("[[teams]]\nname = 'a'\nagents = 1", "site.toml:3: teams[0].agents: expected a list of text, got 1"),
        ("[[pause_reasons]]\nlabel = 'x'", "site.toml:1: pause_reasons[0].code: missing; expected text"),
        ("[[pause_reasons]]\ncode = 'x'\nwarn_at = 2", "site.toml:3: pause_reasons[0].warn_at: must be above 0 and at most 1"),
        ("[[pause_reasons]]\ncode = 'x'\nlimit = '5m'", 'site.toml:3: pause_reasons[0].limit: expected a number, got "5m"'),
        ("[[pbx]]\n[[pbx]]\nsecret = 'x'", 'site.toml:2: pbx[1].name: "pbx1" is the name of an earlier [[pbx]] already'),
        ("[[rules]]\nmetric = 'waiting'", "site.toml:1: rules[0].name: missing; expected text"),
        ("[[rules]]\nname = 'a b'", 'site.toml:2: rules[0].name: must be of letters, digits and _, got "a b"'),
        ("[[rules]]\nname = 'x'", 'site.toml:1: rules[0].metric: must be given: "x" is no default rule'),
        ("[[rules]]\nname = 'x'\nmetric = 'waiting'", "site.toml:1: rules[0].threshold: must be given: waiting has no setting of its own"),
        ("[[rules]]\nname = 'long_wait'\nhours = '9-17'", 'site.toml:3: rules[0].hours: must be such as "08:45-17:30", got "9-17"'),
        ("[[rules]]\nname = 'long_wait'\nfor = -1", "site.toml:3: rules[0].for: must not be negative"),
        ("[[rules]]\nname = 'long_wait'\nfor = '5m'", 'site.toml:3: rules[0].for: expected a number, got "5m"'),
        ("[[rules]]\nname = 'long_wait'\nfore = 1", 'site.toml:3: rules[0].fore: unknown key; did you mean "for"?'),
        ("[[rules]]\nname = 'long_wait'\nwindow = 'day'", "site.toml:3: rules[0].window: must be left out: longest_wait is how things stand, not counted"),
        ("[[rules]]\nname = 'long_wait'\nleast_calls = 3", "site.toml:3: rules[0].least_calls: must be left out: longest_wait is not made of calls"),
        ("[[rules]]\nname = 'wrap_up_long'\nqueues = ['vip']", "site.toml:3: rules[0].queues: must be left out: wrap_up_seconds is no queue's figure"),
        ("[[rules]]\nname = 'long_wait'\nteams = ['day']", "site.toml:3: rules[0].teams: must be left out: longest_wait is a queue's figure"),
        ("[[rules]]\nname = 'long_wait'\nthreshold = 'limit'", "site.toml:3: rules[0].threshold: must be a number or a setting of the queue: longest_wait knows no limit"),
        ("[[rules]]\nname = 'long_wait'\nseverity = 'bad'", 'site.toml:3: rules[0].severity: expected one of "critical", "info", "warning", got "bad"'),
        ("[[rules]]\nname = 'a'\nmetric = 'waiting'\nthreshold = 1\n[[rules]]\nname = 'a'\nmetric = 'waiting'\nthreshold = 1", 'site.toml:6: rules[1].name: "a" is the name of an earlier [[rules]] already'),
        ("[[pause_reasons]]\ncode = 'x'\nenforcement = 'unpause'", "site.toml:3: pause_reasons[0].enforcement: must be none where there is no limit"),
        ("[leave]\nrequest_lapses = 0", "site.toml:2: leave.request_lapses: must be above 0"),
        ("[[pbx]]\nsecret = 5", "site.toml:2: pbx[0].secret: expected text, got something else (not shown)"),
        ('[site]\nday_start = "24:00"', 'site.toml:2: site.day_start: must be a time of day from "00:00" to "23:59", got "24:00"'),
        (
            '[site]\ntimezone = "Mars"',
            'site.toml:2: site.timezone: must be "local" or a name such as "Asia/Shanghai", got "Mars"',
        ),
        ("[http]\nport = 70000", "site.toml:2: http.port: must be from 0 to 65535, got 70000"),
        ('[log]\nlevel = "loud"', 'site.toml:2: log.level: expected one of "debug", "error", "info", "warning", got "loud"'),
        ("[agents]\nid_pattern = '('", "site.toml:2: agents.id_pattern: is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("nonsense = [", "site.toml: this is not TOML: Invalid value"),
        ("a = 1\na = 2\n", "site.toml:2: this is not TOML: Cannot overwrite a value"),
        ("pbx = []", "site.toml:1: pbx: expected at least one [[pbx]]"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_one_line_with_place_key_and_expectation(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_document(Document("site.toml", text), {})
    assert message in str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CTIBRIDGE_MQTT__PORT", "abc", 'mqtt[0].port: expected a whole number, got "abc"'),
        ("CTIBRIDGE_MQTT__HOTS", "abc", 'mqtt[0].hots: unknown key; did you mean "host"?'),
        ("CTIBRIDGE_PBX__1__HOST__X", "abc", "number 1 does not follow on the 0 that there are; the first is 0"),
        ("CTIBRIDGE_HTTP__PORT__X", "1", 'there is no table for "x"'),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, message: str) -> None:
    text = "[http]\nport = 1"
    with pytest.raises(ConfigurationError) as caught:
        from_document(Document("site.toml", text), {variable: value})
    assert f"environment variable {variable}: {message}" in str(caught.value).splitlines()


def test_all_problems_are_reported_in_the_order_of_the_file() -> None:
    assert complaints('[http]\nport = "a"\nhots = 1\n[defaults]\nrings = 0\nlate_answer = -1\n') == [
        'site.toml:2: http.port: expected a whole number, got "a"',
        'site.toml:3: http.hots: unknown key; did you mean "host"?',
        "site.toml:5: defaults.rings: must be at least 1",
        "site.toml:6: defaults.late_answer: must not be negative",
    ]


def test_a_missing_secret_is_the_only_complaint_about_an_empty_file() -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_document(Document("site.toml", ""), {})
    assert str(caught.value) == "site.toml: pbx[0].secret: expected the AMI user's secret, in secret or secret_file"


def test_a_secret_is_never_repeated_in_a_message() -> None:
    text = '[[pbx]]\nsecret = "hunter2"\nprot = 1\n[mqtt]\nhost = "10.0.0.1"\npassword = "hunter2"'
    with pytest.raises(ConfigurationError) as caught:
        from_document(Document("site.toml", text), {"CTIBRIDGE_PBX__0__PORT": "x"})
    assert "hunter2" not in str(caught.value)


def test_a_password_in_the_clear_to_another_host_must_be_allowed() -> None:
    text = '[mqtt]\nhost = "10.0.0.1"\nusername = "u"\npassword = "p"\n'
    assert complaints(text) == [
        "site.toml:1: mqtt: a password would travel to 10.0.0.1 in the clear: "
        "set tls = true, or insecure = true to accept that"
    ]
    assert configured(text + "insecure = true").mqtt[0].insecure
    assert configured(text + "tls = true").mqtt[0].tls
    assert configured(text.replace("10.0.0.1", "localhost")).mqtt[0].password == "p"


def test_a_plain_login_to_another_host_must_be_allowed() -> None:
    text = '[[pbx]]\nhost = "10.0.0.1"\nauth = "plain"\n'
    assert complaints(text) == [
        "site.toml:3: pbx[0].auth: expected md5 or tls for a host that is not loopback, or insecure = true"
    ]
    assert configured(text + "insecure = true").pbx[0].insecure


def test_the_environment_wins_over_the_file_and_needs_no_file() -> None:
    environment = {
        "CTIBRIDGE_MQTT__HOST": "broker",
        "CTIBRIDGE_HTTP__PORT": "0",
        "CTIBRIDGE_QUEUES__600__RINGS": "3",
        "CTIBRIDGE_TEAMS__0__NAME": "early",
        "CTIBRIDGE_TEAMS__0__AGENTS": '["1001", "1002"]',
        "CTIBRIDGE_DEFAULTS__LATE_ANSWER": "10",
        "CTIBRIDGE_PBX__0__TLS": "true",
    }
    configuration = from_document(Document("x", '[mqtt]\nhost = "other"\nport = 1884'), SECRET | environment)
    assert configuration.mqtt[0].host == "broker"
    assert configuration.mqtt[0].port == 1884
    assert configuration.http.port == 0
    assert configuration.queues["600"].rings == 3
    assert configuration.teams[0].agents == ("1001", "1002")
    assert configuration.defaults.late_answer == 10.0
    assert configuration.pbx[0].tls
    assert configuration.pbx[0].secret == "s3cret"


def test_a_queue_in_the_environment_is_the_one_of_the_file_whatever_its_case() -> None:
    configuration = configured("[queues.Sales]\nrings = 4", CTIBRIDGE_QUEUES__SALES__LATE_ANSWER="9")
    assert list(configuration.queues) == ["Sales"]
    assert (configuration.queues["Sales"].rings, configuration.queues["Sales"].late_answer) == (4, 9.0)


def test_variables_without_two_underscores_are_not_settings() -> None:
    """Kubernetes gives every pod CTIBRIDGE_PORT when a service has the name ctibridge."""
    assert configured("", CTIBRIDGE_PORT="tcp://10.0.0.1:8080", CTIBRIDGE_CONFIG="x").http.port == 8080


def test_several_brokers_and_one_broker_are_both_allowed() -> None:
    assert [mqtt.port for mqtt in configured("[mqtt]\nport = 1").mqtt] == [1]
    assert [mqtt.port for mqtt in configured("[[mqtt]]\nport = 1\n[[mqtt]]\nport = 2").mqtt] == [1, 2]
    assert complaints("[[mqtt]]\n[[mqtt]]\nport = 2", CTIBRIDGE_MQTT__HOST="x") == [
        'environment variable CTIBRIDGE_MQTT__HOST: expected a number where it says "host", as in CTIBRIDGE_PBX__0__HOST'
    ]
    assert complaints("[[mqtt]]\n[[mqtt]]\n") == [
        'site.toml:2: mqtt[1].host: "127.0.0.1:1883/ctibridge/v1" is the name of an earlier '
        "[[mqtt]] with this host, port and base already"
    ]


def test_secrets_come_from_files_and_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "ami").write_text("from-file\n")
    given = from_document(Document("x", f'[[pbx]]\nsecret_file = "{tmp_path / "ami"}"'), {})
    assert given.pbx[0].read_secret() == "from-file"

    (tmp_path / "pbx.north.secret").write_text("from-systemd\n")
    (tmp_path / "mqtt.password").write_text("broker-password\n")
    found = from_document(Document("x", '[[pbx]]\nname = "north"'), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found.pbx[0].read_secret() == "from-systemd"
    assert found.mqtt[0].secret() == "broker-password"


def test_a_secret_of_its_own_wins_over_a_credential(tmp_path: Path) -> None:
    (tmp_path / "pbx.secret").write_text("from-systemd")
    assert configured("", CREDENTIALS_DIRECTORY=str(tmp_path)).pbx[0].read_secret() == "s3cret"


def test_a_secret_file_that_cannot_be_read_is_a_problem() -> None:
    text = '[[pbx]]\nsecret_file = "/nowhere/ami"\n[mqtt]\npassword_file = "/nowhere/mqtt"'
    with pytest.raises(ConfigurationError) as caught:
        from_document(Document("site.toml", text), {})
    ami, mqtt = str(caught.value).splitlines()
    assert ami.startswith("site.toml:2: pbx[0].secret_file: cannot be read: ")
    assert mqtt.startswith("site.toml:4: mqtt.password_file: cannot be read: ")


def test_a_missing_file_says_where_was_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        load(None, {})
    assert str(caught.value) == (
        "configuration: no file found; looked for ctibridge.toml, /etc/ctibridge/ctibridge.toml; "
        "name one with -c FILE or $CTIBRIDGE_CONFIG"
    )
    with pytest.raises(ConfigurationError) as caught:
        load(Path("absent.toml"), SECRET)
    assert str(caught.value) == "absent.toml: cannot be read: No such file or directory"


def test_the_file_is_found_by_variable_and_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ctibridge.toml").write_text("[http]\nport = 1")
    (tmp_path / "other.toml").write_text("[http]\nport = 2")
    monkeypatch.chdir(tmp_path)
    assert load(None, SECRET).http.port == 1
    assert load(None, SECRET | {FILE_VARIABLE: "other.toml"}).http.port == 2
    assert load(Path("other.toml"), SECRET).http.port == 2


def test_bytes_that_are_not_text_are_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigurationError, match="expected UTF-8 text; byte 5 is not"):
        load(path, SECRET)


def test_reasons_are_the_default_ones_unless_the_file_has_its_own() -> None:
    assert configured("").pause_reasons == DEFAULT_PAUSE_REASONS
    assert [reason.code for reason in configured('[[pause_reasons]]\ncode = "tea"').pause_reasons] == ["tea"]


def test_the_policy_is_what_the_file_says() -> None:
    policy = configured('[site]\ntimezone = "Asia/Shanghai"\n[queues.VIP]\nlabel = "Gold"\nlate_answer = 5').policy()
    assert policy.queue("vip").late_answer == 5.0
    assert policy.queue("other").late_answer == 15.0
    assert str(policy.timezone) == "Asia/Shanghai"


def test_a_rule_of_the_site_changes_only_what_it_says() -> None:
    own = "[[rules]]\nname = 'service_level_low'\nthreshold = 0.7\nfor = 30\n[[rules]]\nname = 'long_wait'\nenabled = false"
    before = {rule.name: rule for rule in configured("").policy().rules}
    after = {rule.name: rule for rule in configured(own).policy().rules}

    assert before.keys() - after.keys() == {"long_wait"}
    changed = after["service_level_low"]
    assert (changed.threshold, changed.lasting, changed.least_calls) == (
        0.7,
        30.0,
        before["service_level_low"].least_calls,
    )
    assert changed.label == "Service level is low"


def test_an_unknown_metric_is_answered_with_those_there_are() -> None:
    [said] = complaints("[[rules]]\nname = 'x'\nmetric = 'patience'\nthreshold = 1")

    assert said.startswith("site.toml:3: rules[0].metric: must be one of abandon_rate, answer_rate, ")
    assert said.endswith('got "patience"')
