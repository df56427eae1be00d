-- Tokens for HTTP.  The token itself is shown once and kept nowhere: 256 random bits need no slow hash, as a password
-- that people think of would.
CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,     -- the part of the token that may be shown
    user TEXT NOT NULL,               -- name of a [[users]]; a token whose user is gone is worth nothing
    digest BLOB NOT NULL,             -- SHA-256 of the whole token
    scopes TEXT NOT NULL,             -- separated by blanks; empty for all that the user may
    created_at REAL NOT NULL,         -- epoch seconds, as all times here
    expires_at REAL,
    revoked_at REAL,
    used_at REAL                      -- within some minutes
) STRICT, WITHOUT ROWID;
