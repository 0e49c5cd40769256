-- One row for each process that calls models. It is alive while `expires_at` lies ahead by this database's clock (I7).
create table session (
  session_id bigint generated always as identity primary key,
  started_at timestamptz not null,
  expires_at timestamptz not null
);

-- One row for each try of a call that may be paid: written before the call, completed after it (I11).
create table model_call (
  namespace text not null,
  -- Run, step path, attempt and number of the call, as the caller wrote them.
  call_id text not null,
  -- Tries of the same call, from 1; only the last one may be open or answered.
  ordinal int not null,
  session_id bigint not null,
  -- open: under way, or its process died; answered: this is the answer; failed: not paid; in_doubt: may be paid, the
  -- reserve counts as spent; superseded: in doubt first, then it was learnt what it cost.
  status text not null check (status in ('open', 'answered', 'failed', 'in_doubt', 'superseded')),
  provider text not null,
  model text not null,
  -- Billionths of a US dollar; null when the model has no price.
  reserve_nano_usd bigint,
  cost_nano_usd bigint,
  input_tokens bigint,
  output_tokens bigint,
  -- True when the provider did not say how many tokens it billed.
  usage_estimated boolean,
  latency_ms int,
  -- UTF-8: a text column refuses the character zero, which a model may say.
  answer bytea,
  finish_reason text,
  choice_reason text,
  failure_code text,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (namespace, call_id, ordinal)
) with (fillfactor = 70);

-- For the removal of what is older than the retention.
create index model_call_started on model_call (started_at);
