from ctibridge.asterisk.access import Access, read_access

LISTING = {
    "response": "Success",
    "actionid": "7",
    "ping": "Keepalive command.  (Priv: <none>)",
    "queuestatus": "Show queue status.  (Priv: <none>)",
    "coreshowchannels": "List currently active channels.  (Priv: system,reporting,all)",
    "corestatus": "Show PBX core status variables.  (Priv: system,reporting,all)",
    "originate": "Originate a call.  (Priv: originate,all)",
}


def test_what_the_user_may_do_is_what_is_listed() -> None:
    access = read_access(LISTING)

    assert access.actions == {"ping", "queuestatus", "coreshowchannels", "corestatus", "originate"}
    assert access.missing() == frozenset()
    assert access.excessive() == {"Originate"}


def test_without_reporting_two_actions_are_missing() -> None:
    access = read_access({key: value for key, value in LISTING.items() if "reporting" not in value})

    assert access.missing() == {"CoreShowChannels", "CoreStatus"}


def test_before_a_login_nothing_is_known() -> None:
    assert Access().missing() == frozenset()
    assert Access().excessive() == frozenset()
