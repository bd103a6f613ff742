-- Subscriptions at hubs (WebSub): one for each source that names a hub.
CREATE TABLE subscriptions (
    source_id TEXT PRIMARY KEY REFERENCES sources (id),
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    -- The word in the address at which the hub reaches us.
    callback TEXT NOT NULL,
    -- What the hub signs with.
    secret TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('wanted', 'active', 'ended')),
    -- Since when it is in that state.
    since BIGINT NOT NULL,
    -- When the hub was asked; empty when it has answered since.
    asked BIGINT,
    lease_end BIGINT,
    -- When the hub last told of a change.
    last_push BIGINT,
    -- Why it has ended, or could not be asked the last time.
    reason TEXT
);
CREATE UNIQUE INDEX subscriptions_callback ON subscriptions (callback);
