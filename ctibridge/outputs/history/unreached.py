"""Who is to be called back, in SQL: the one wording that the report and the API share."""

from typing import Final

GAVE_UP_AT: Final = "ifnull(calls.left_at, calls.joined_at + ifnull(calls.wait_seconds, 0))"
"""When a caller gave up."""

IS_UNREACHED: Final = """
calls.outcome = 'abandoned' AND calls.caller_hmac IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM calls AS later WHERE later.caller_hmac = calls.caller_hmac
    AND later.joined_at > calls.joined_at AND later.outcome = 'answered'
)
"""
"""The caller gave up, sent a number, and was answered in no queue since."""
