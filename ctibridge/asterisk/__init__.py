"""The wire side: all knowledge of AMI and of queue_log, turned into the domain's facts.

Nothing here decides what a fact means; nothing outside knows an AMI header, an AMI unit or a record of queue_log.
"""
