-- Where a restart goes on from: one row a PBX, replaced as a whole.
CREATE TABLE checkpoints (
    pbx TEXT PRIMARY KEY,
    saved_at REAL NOT NULL,       -- bridge time, epoch seconds
    is_clean INTEGER NOT NULL,    -- 1 when it was the last act of an orderly stop
    memory BLOB NOT NULL          -- msgpack, see app/memory.py
) STRICT;
