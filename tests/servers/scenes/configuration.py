"""What the scenes need besides the shipped configuration: one set of files, so that one Asterisk can play them all."""

from collections.abc import Mapping
from typing import Final

from tests.servers.recorder import MANAGER_CONF

DIALPLAN: Final = """\
; Ways into a queue that the shipped dialplan does not take.
[line-continue]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,Queue(${EXTEN},c)
 same => n,Wait(2)
 same => n,Hangup()
[line-once]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,Queue(${EXTEN},n)
 same => n,Hangup()
[line-keys]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,Set(__TRANSFER_CONTEXT=phones)
 same => n,Queue(${EXTEN},tThH)
 same => n,Hangup()
[line-keys-continue]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,Queue(${EXTEN},hc)
 same => n,Wait(2)
 same => n,Hangup()
[line-chinese]
exten => 1,1,Answer(,i)
 same => n,Queue(客服 一部,,,,3)
 same => n,Hangup()
[line-twice]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,Queue(${EXTEN},,,,2)
 same => n,Queue(${EXTEN},,,,2)
 same => n,Queue(${EXTEN})
 same => n,Hangup()
[line-inner]
exten => _[0-9a-zA-Z].,1,Answer(,i)
 same => n,ExecIf($[1]?Queue(${EXTEN},,,,3))
 same => n,Hangup()

; Runs at the agent's end between the answer and the conversation.
[member-work]
exten => s,1,Wait(2)
 same => n,Return()

; A number behind a Local channel that may be optimised away, and people who make sound, without which it is not.
[phones](+)
exten => _8XXX,1,Dial(Local/${EXTEN:1}@queue-numbers)
exten => _*8XXXX,1,PickupChan(PJSIP/${EXTEN:2},p)
 same => n,Hangup()
[lab-callers](+)
exten => sing,1,Answer(,i)
 same => n,Playback(${SONG}&${SONG}&${SONG}&${SONG})
 same => n,Wait(86400)
[lab-singers]
exten => _X.,1,Ringing()
 same => n,Wait(1)
 same => n,Answer(,i)
 same => n,Playback(${SONG}&${SONG}&${SONG}&${SONG})
 same => n,Wait(86400)
[lab-desks]
exten => _X.,1,Dial(PJSIP/${EXTEN},30)
 same => n,Hangup()
[globals](+)
SONG = /usr/share/asterisk/moh/reno_project-system

; Agents who stay on the line (app_agent_pool).
[pool-login]
exten => _X.,1,Answer(,i)
 same => n,AgentLogin(${EXTEN},s)
 same => n,Hangup()
[pool]
exten => _X.,1,AgentRequest(${EXTEN})
 same => n,Hangup()

[after-call-work]
exten => _X.,1,AddQueueMember(support,Local/${EXTEN}@lab-agents/n,,,Agent ${EXTEN},Local/${EXTEN}@lab-agents,5)
 same => n,Hangup()
"""

PJSIP: Final = """\
[1011](phone)
disallow = all
allow = g729
auth = 1011
aors = 1011
callerid = "Agent 1011" <1011>
[1011](phone-auth)
username = 1011
password = change-this-1011
[1011](phone-aor)
"""
"""A telephone that speaks a codec which Asterisk cannot translate."""

AGENTS: Final = """\
[general]
[7301]
fullname = Pool Agent
wrapuptime = 1000
"""

FEATURES: Final = """\
[general]
transferdigittimeout = 2
featuredigittimeout = 1500
atxfercomplete = *2
atxferthreeway = *3
[featuremap]
blindxfer => ##
atxfer => *7
disconnect => *0
"""

EXTRA: Final[Mapping[str, str]] = {
    "extensions.d/places.conf": DIALPLAN,
    "pjsip.d/places.conf": PJSIP,
    "agents.conf": AGENTS,
    "features.conf": FEATURES,
    "manager.d/recorder.conf": MANAGER_CONF,
}
"""By path below the configuration folder, for `Asterisk(extra=…)`."""
