-- What was found to rise, and what people made of it.

-- A picture as the detection painted it; the body is JSON. Old ones go, their lines stay.
CREATE TABLE pictures (
    at BIGINT PRIMARY KEY,
    made BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- Where a trend stood in each picture.
CREATE TABLE picture_lines (
    at BIGINT NOT NULL,
    trend TEXT NOT NULL,
    list TEXT NOT NULL,
    place BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (at, trend)
);
CREATE INDEX picture_lines_trend ON picture_lines (trend, at);

-- Only ever added to.
CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    trend TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX decisions_trend ON decisions (trend, at, id);

CREATE TABLE ratings (
    id TEXT PRIMARY KEY,
    trend TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- When its call can be answered; NULL where it makes none.
    until BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX ratings_trend ON ratings (trend, at, id);
CREATE INDEX ratings_until ON ratings (until, id) WHERE until IS NOT NULL;

-- How calls ended: the latest row of a rating counts.
CREATE TABLE outcomes (
    rating TEXT NOT NULL REFERENCES ratings (id),
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (rating, at)
);

CREATE TABLE editions (
    name TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX editions_at ON editions (at);
