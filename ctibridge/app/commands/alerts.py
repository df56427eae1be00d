"""Taking note of alarms."""

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.outcome import refused, unconfirmed
from ctibridge.domain.changes import AlarmAcknowledged
from ctibridge.domain.events import AlarmAcknowledgement
from ctibridge.domain.views import Alarm


async def acknowledge(doing: Doing) -> str:
    """Say by whom; the first who does stays the one."""
    alarm = firing(doing)
    if alarm.acknowledged_by is not None:
        return f"acknowledged by {alarm.acknowledged_by} already"
    with doing.ground.witness() as witness:
        doing.ground.tell(AlarmAcknowledgement(alert=alarm.alert, by=doing.user.name))

        def is_so() -> bool:
            return any(isinstance(one, AlarmAcknowledged) and one.alarm.alert == alarm.alert for one in witness.changes)

        if not await witness.sees(is_so, doing.wait):
            raise unconfirmed("it changed nothing")
    return "acknowledged"


def firing(doing: Doing) -> Alarm:
    """The alarm; raises NotDoneError when it does not fire."""
    alarm = next((one for one in doing.ground.picture().alarms if one.alert == doing.arguments.alert), None)
    if alarm is None:
        raise refused("unknown_alert", "no such alarm fires")
    return alarm
