-- What is kept of a queue's half hours when their calls are deleted (docs/history.md); filled by a nightly roll-up.
-- The columns are the fields of domain.figures.Counts; calls belong to the half hour in which they joined.
CREATE TABLE interval_figures (
    pbx TEXT NOT NULL,
    queue TEXT NOT NULL,
    since INTEGER NOT NULL,           -- start of the half hour, epoch seconds, a multiple of 1800
    offered INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    abandoned_short INTEGER NOT NULL,
    abandoned_within INTEGER NOT NULL,
    exited INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    ring_no_answer INTEGER NOT NULL,
    ring_cancelled INTEGER NOT NULL,
    answered_within_rings INTEGER NOT NULL,
    answered_within_threshold INTEGER NOT NULL,
    answered_late INTEGER NOT NULL,
    answered_beyond INTEGER NOT NULL,
    service_level_met INTEGER NOT NULL,
    service_level_missed INTEGER NOT NULL,
    wait_seconds REAL NOT NULL,
    abandon_wait_seconds REAL NOT NULL,
    talk_seconds REAL NOT NULL,
    hold_seconds REAL NOT NULL,
    wrap_up_seconds REAL NOT NULL,
    PRIMARY KEY (pbx, queue, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX interval_figures_by_time ON interval_figures (pbx, since);

-- How things stood at the end of what was imported, for the file that follows.
ALTER TABLE imports ADD COLUMN last_at REAL;     -- of the newest record taken in
ALTER TABLE imports ADD COLUMN members BLOB;     -- msgpack: who was in which queue, and paused
