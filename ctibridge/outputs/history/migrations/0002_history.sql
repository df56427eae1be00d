-- What happened, one row a fact; every row has a natural key, so that writing it twice changes nothing.
-- Moments are PBX time in epoch seconds, durations are seconds.  Waits and talks are Asterisk's own whole seconds.
-- Caller numbers are kept as a mask (last digits) and as an HMAC with the site's key, never in clear.

-- One offer of a caller to a queue.
CREATE TABLE calls (
    pbx TEXT NOT NULL,
    queue TEXT NOT NULL,              -- as configured in Asterisk
    call TEXT NOT NULL,               -- Uniqueid under which the caller joined
    stay INTEGER NOT NULL,            -- 0 for the caller's first stay in this queue, 1 for the next, …
    joined_at REAL NOT NULL,
    linkedid TEXT,
    caller_mask TEXT,
    caller_hmac BLOB,
    position INTEGER,                 -- when joining
    outcome TEXT NOT NULL,            -- waiting answered abandoned exited lost
    reason TEXT,                      -- how the caller exited
    left_at REAL,                     -- answered, abandoned, exited or lost at
    wait_seconds REAL,
    is_short INTEGER,                 -- an abandon within short_abandon seconds
    agent TEXT,
    ring_seconds REAL,                -- the answering phone's own ring time; NULL where only queue_log told
    is_within_rings INTEGER,
    talk_seconds REAL,                -- from answer to end, customer hold included
    hold_seconds REAL,
    wrap_up_seconds REAL,             -- the agent's after-call work that followed
    ended_at REAL,
    ended_by TEXT,                    -- agent caller transfer
    transfer_kind TEXT,               -- blind attended unknown
    level_threshold INTEGER NOT NULL, -- the service-level threshold that held for this call, whole seconds
    origin TEXT NOT NULL,             -- how the end became known: ami snapshot queue_log derived
    PRIMARY KEY (pbx, queue, call, stay)
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_time ON calls (pbx, joined_at);
CREATE INDEX calls_by_end ON calls (pbx, left_at);
CREATE INDEX calls_by_caller ON calls (caller_hmac, joined_at) WHERE caller_hmac IS NOT NULL;
CREATE INDEX calls_by_agent ON calls (pbx, agent, joined_at) WHERE agent IS NOT NULL;

-- Callers whom a queue did not take; queue_log does not know them.
CREATE TABLE refusals (
    pbx TEXT NOT NULL,
    queue TEXT NOT NULL,
    call TEXT NOT NULL,
    at REAL NOT NULL,
    reason TEXT NOT NULL,             -- full join_empty join_unavailable unknown_queue
    PRIMARY KEY (pbx, queue, call, at)
) STRICT, WITHOUT ROWID;

-- One phone that rang in vain (answered rings are in calls).
CREATE TABLE rings (
    pbx TEXT NOT NULL,
    queue TEXT NOT NULL,
    call TEXT NOT NULL,
    agent TEXT NOT NULL,
    at REAL NOT NULL,                 -- when it stopped ringing, whole seconds
    number INTEGER NOT NULL,          -- 0, 1, … among rings of this call at this agent within the same second
    outcome TEXT NOT NULL,            -- ring_no_answer ring_cancelled
    ring_seconds REAL,
    origin TEXT NOT NULL,
    PRIMARY KEY (pbx, queue, call, agent, at, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX rings_by_time ON rings (pbx, at);

-- One stretch of time in which an agent was in one state for one reason.
CREATE TABLE agent_intervals (
    pbx TEXT NOT NULL,
    agent TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    state TEXT NOT NULL,              -- ready ringing busy wrap_up not_ready unreachable unknown (logged_out is not kept)
    reason TEXT,
    limit_seconds REAL,
    overrun_seconds REAL,
    origin TEXT NOT NULL,
    PRIMARY KEY (pbx, agent, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_intervals_by_time ON agent_intervals (pbx, since);

-- Who is behind an agent's id.
CREATE TABLE agents (
    pbx TEXT NOT NULL,
    agent TEXT NOT NULL,
    name TEXT NOT NULL,
    team TEXT,
    seen_at REAL NOT NULL,
    PRIMARY KEY (pbx, agent)
) STRICT, WITHOUT ROWID;

-- Times in which the bridge was blind.
CREATE TABLE gaps (
    pbx TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    reason TEXT NOT NULL,
    is_recovered INTEGER NOT NULL,    -- its calls were taken from queue_log
    PRIMARY KEY (pbx, since)
) STRICT, WITHOUT ROWID;

-- How far files were imported, so that an import can be taken up again.
CREATE TABLE imports (
    fingerprint TEXT PRIMARY KEY,     -- of the file's beginning, the same after rotation and compression
    pbx TEXT NOT NULL,
    path TEXT NOT NULL,
    offset INTEGER NOT NULL,          -- bytes of uncompressed text taken in
    bad_lines INTEGER NOT NULL,
    finished_at REAL
) STRICT, WITHOUT ROWID;
