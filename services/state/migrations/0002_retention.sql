-- Requests are stored in the order of their time, so a few pages say where those of old runs are.
create index idempotency_created on state.idempotency using brin (created_at);
