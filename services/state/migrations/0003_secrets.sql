-- Values that runs read by name, encrypted with AES-256-GCM under a key of their namespace; `key_id` says of which root.
create table state.secret (
  namespace text collate "C" not null,
  name text collate "C" not null,
  key_id bytea not null,
  nonce bytea not null,
  ciphertext bytea not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (namespace, name)
);
