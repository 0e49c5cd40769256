-- What steps of runs wait for: people, times and signals. Written with the events that begin and end a wait, so that waits
-- are listed without reading logs; the log stays the truth.

create sequence state.wait_number;

create table state.wait (
  wait_id bigint primary key default nextval('state.wait_number'),
  run_id uuid not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  attempt smallint not null,
  -- As of the event by which it began.
  form smallint not null,
  namespace text collate "C" not null,
  step text collate "C" not null,
  payload bytea not null,
  unique (run_id, step, attempt)
);

create index wait_open on state.wait (namespace, wait_id) where ended_at is null;
