-- States of grains (PostgresGrainStorage).
CREATE TABLE IF NOT EXISTS grain_state
(
    service_id text NOT NULL,
    state_name text NOT NULL,
    grain_id text NOT NULL,
    etag bigint NOT NULL,
    payload bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service_id, state_name, grain_id)
);

-- One number for each write ever, so that a state that was deleted and made anew never has an etag that a stale writer knows.
CREATE SEQUENCE IF NOT EXISTS grain_state_etag;
