-- What this store has in common with no other: the outbox beside it belongs to it by this.
CREATE TABLE identity (
    id TEXT NOT NULL
) STRICT;
INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))));

-- Numbers go on from the outbox, whether the stop was orderly or not.
ALTER TABLE checkpoints RENAME TO checkpoints_with_end;
CREATE TABLE checkpoints (
    pbx TEXT PRIMARY KEY,
    saved_at REAL NOT NULL,       -- bridge time, epoch seconds
    memory BLOB NOT NULL          -- msgpack, see app/memory.py
) STRICT;
INSERT INTO checkpoints (pbx, saved_at, memory) SELECT pbx, saved_at, memory FROM checkpoints_with_end;
DROP TABLE checkpoints_with_end;
