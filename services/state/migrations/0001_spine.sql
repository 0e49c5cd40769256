-- The state service's own schema; no other service reads it. Status of a run: 1 ready, 2 running, 3 suspended,
-- 4 completed, 5 failed, 6 cancelled, 7 quarantined. Namespaces stand in every table that a caller's data is found by.

create table state.definition (
  namespace text collate "C" not null,
  document_hash bytea not null,
  source text not null,
  created_at timestamptz not null default now(),
  primary key (namespace, document_hash)
);

create table state.definition_file (
  namespace text collate "C" not null,
  document_hash bytea not null,
  path text collate "C" not null,
  content bytea not null,
  primary key (namespace, document_hash, path)
);

create table state.plan (
  namespace text collate "C" not null,
  document_hash bytea not null,
  plan_version int not null,
  plan bytea not null,
  created_at timestamptz not null default now(),
  primary key (namespace, document_hash, plan_version)
);

create table state.pipeline (
  namespace text collate "C" not null,
  name text collate "C" not null,
  version int not null,
  document_hash bytea not null,
  title text not null,
  document_version text not null,
  labels jsonb,
  created_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (namespace, name, version)
);

-- Answers to requests that were made before: kind 1 created a run, 2 a pipeline version, 3 archived a pipeline.
create table state.idempotency (
  namespace text collate "C" not null,
  kind smallint not null,
  request_id text collate "C" not null,
  digest bigint not null,
  run_id uuid,
  subject text collate "C",
  version int,
  created_at timestamptz not null default now(),
  primary key (namespace, kind, request_id)
);

create sequence state.session_number;

-- State: 1 live, 2 dead, 3 dead and without runs. One way only.
create table state.session (
  session_id bigint primary key default nextval('state.session_number'),
  state smallint not null default 1,
  capacity int not null,
  executor text not null,
  offers text[] not null,
  created_at timestamptz not null default now()
) with (fillfactor = 50);

create index session_dead on state.session (session_id) where state = 2;

-- Apart from the session, so that heartbeats never wait for claims, which hold the session row for share.
create table state.session_beat (
  session_id bigint primary key,
  state smallint not null default 1,
  expires_at timestamptz not null
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- One small row per run, rewritten with every append: whatever changes stays out of all indexes but the partial ones.
create table state.run (
  run_id uuid primary key,
  session_id bigint,
  -- Order within a priority; fair queueing puts a virtual start time here.
  start_tag bigint not null default 0,
  wake_at timestamptz,
  ready_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  epoch int not null default 0,
  last_seq int not null default 1,
  inbox_seq int not null default 0,
  progress_seq int not null default 1,
  queue int not null default 1,
  priority int not null default 0,
  plan_version int not null,
  pipeline_version int not null default 0,
  status smallint not null default 1,
  takeovers smallint not null default 0,
  cancel_requested boolean not null default false,
  parent uuid,
  namespace text collate "C" not null,
  pipeline text collate "C" not null,
  document_hash bytea not null,
  requires text[],
  labels jsonb,
  traceparent text
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);

create index run_claim on state.run (queue, priority desc, start_tag, run_id) where status = 1;
create index run_held on state.run (session_id, run_id) where status = 2;
create index run_timer on state.run (wake_at) where status = 3 and wake_at is not null;
create index run_listed on state.run (namespace, run_id);

-- I1: the log is the truth. Append only; a partition holds the runs of a span of time, since ids begin with it.
create table state.run_event (
  run_id uuid not null,
  at timestamptz not null,
  digest bigint not null,
  seq int not null,
  kind smallint not null,
  version smallint not null,
  attempt smallint not null,
  -- 0: payload is the payload; 1: payload is the hash of the blob that holds it.
  form smallint not null default 0,
  -- Which key the payload is encrypted under; 0 for none.
  key_id smallint not null default 0,
  step text collate "C" not null,
  payload bytea not null,
  primary key (run_id, seq)
) partition by range (run_id);

create table state.run_event_default partition of state.run_event default;

create table state.run_snapshot (
  run_id uuid primary key,
  upto_seq int not null,
  version int not null,
  fold bytea not null,
  created_at timestamptz not null default now()
);

-- Kind: 1 cancel. Rows stay after they were consumed, so that a message sent twice is recognised for as long as its run is.
create table state.inbox (
  run_id uuid not null,
  inbox_seq int not null,
  kind smallint not null,
  dedupe_key text collate "C" not null,
  payload bytea not null,
  created_at timestamptz not null default now(),
  primary key (run_id, inbox_seq),
  unique (run_id, dedupe_key)
);

-- Concurrency keys: whoever holds one of a key's ordinals may run.
create table state.slot (
  namespace text collate "C" not null,
  key text collate "C" not null,
  ordinal int not null,
  run_id uuid not null,
  taken_at timestamptz not null default now(),
  primary key (namespace, key, ordinal)
);

create index slot_of_run on state.slot (run_id);

create sequence state.upload_number;

-- A blob is there once its row is: its parts were stored before, under the number of their upload.
create table state.blob (
  namespace text collate "C" not null,
  hash bytea not null,
  upload_id bigint not null,
  size bigint not null,
  media_type text not null,
  created_at timestamptz not null default now(),
  touched_at timestamptz not null default now(),
  primary key (namespace, hash)
);

create table state.blob_part (
  upload_id bigint not null,
  ordinal int not null,
  bytes bytea not null,
  primary key (upload_id, ordinal)
);

alter table state.blob_part alter column bytes set storage external;

-- Uploads under way, so that what a broken one left behind is found.
create table state.blob_upload (
  upload_id bigint primary key,
  started_at timestamptz not null default now()
);
