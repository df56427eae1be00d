-- One alarm from its beginning to its end: a rule that is broken for one queue, agent, team or the whole site.
CREATE TABLE alarms (
    pbx TEXT NOT NULL,
    alert TEXT NOT NULL,              -- rule and subject, e.g. service_level_low:sales
    since REAL NOT NULL,
    until REAL NOT NULL,              -- its end, or while it lasts: until when it is known to have lasted
    is_over INTEGER NOT NULL,
    rule TEXT NOT NULL,
    label TEXT NOT NULL,              -- what the site called the rule then
    label_zh TEXT NOT NULL,
    severity TEXT NOT NULL,           -- info warning critical
    queue TEXT,
    agent TEXT,
    team TEXT,
    unit TEXT NOT NULL,               -- of the three figures: seconds ratio calls agents, empty for none
    value REAL,                       -- when it began
    worst_value REAL,                 -- farthest beyond the threshold until now
    threshold REAL,
    detail TEXT,
    acknowledged_by TEXT,
    acknowledged_at REAL,
    origin TEXT NOT NULL,             -- how its beginning became known: ami snapshot queue_log derived
    PRIMARY KEY (pbx, alert, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarms_by_time ON alarms (pbx, since);
CREATE INDEX alarms_open ON alarms (pbx, is_over) WHERE is_over = 0;
CREATE INDEX alarms_by_queue ON alarms (pbx, queue, since) WHERE queue IS NOT NULL;
CREATE INDEX alarms_by_agent ON alarms (pbx, agent, since) WHERE agent IS NOT NULL;

-- What somebody asked the bridge to do, and what became of it.
CREATE TABLE commands (
    pbx TEXT NOT NULL,
    at REAL NOT NULL,                 -- when it was answered
    user TEXT NOT NULL,               -- "bridge" where a rule of the configuration asked
    transaction_id TEXT NOT NULL,     -- given by whoever asked
    command TEXT NOT NULL,
    role TEXT NOT NULL,               -- of the user; empty for the bridge itself
    target TEXT,                      -- agent/1001 queue/sales call/1700000000.12 alert/…
    arguments TEXT NOT NULL,          -- JSON object of texts; telephone numbers are masked
    via TEXT NOT NULL,                -- mqtt http cli phone bridge
    address TEXT,                     -- from where
    outcome TEXT NOT NULL,            -- done refused failed unconfirmed
    reason TEXT,                      -- one word for why it was not done
    message TEXT NOT NULL,            -- for people
    PRIMARY KEY (pbx, at, user, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_by_user ON commands (pbx, user, at);
CREATE INDEX commands_by_target ON commands (pbx, target, at) WHERE target IS NOT NULL;
