"""A call centre with people of every role, on a real Asterisk whose AMI user may act."""

from typing import Final

LAB_PLACES: Final = """
[agents]
interface = "Local/{agent}@lab-agents/n"
state_interface = "Local/{agent}@lab-agents"
"""
"""Agents without phones, as dialplans/lab.conf has them."""

PEOPLE: Final = """
[commands]
rate = 2000
burst = 4000

[[teams]]
name = "day"
agents = ["1001", "1002", "1010"]
queues = ["support", "overflow:5"]

[[teams]]
name = "night"
agents = ["1003", "1004"]
queues = ["sales"]

[[users]]
name = "ann"
role = "agent"
agent = "1001"

[[users]]
name = "bob"
role = "agent"
agent = "1002"

[[users]]
name = "lee"
role = "leader"
agent = "1010"
teams = ["day"]

[[users]]
name = "sue"
role = "supervisor"
agent = "1009"

[[users]]
name = "quentin"
role = "inspector"
agent = "1008"

[[users]]
name = "max"
role = "manager"

[[users]]
name = "wall"
role = "display"

[[users]]
name = "visitor"
role = "public"
"""

USERS: Final = LAB_PLACES + PEOPLE

MANAGER: Final = """
[ctibridge](+)
read = agent,dialplan,call,system,user
write = reporting,agent,call,originate
"""
"""What config/asterisk/manager.conf says is needed for all commands."""
