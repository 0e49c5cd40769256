-- Tools that an answer wants called, as a JSON list of {id, name, argumentsJson}; null for an answer that wants none. It is
-- text, since jsonb refuses the character zero, which a model may write.
alter table model_call add column tool_calls text;
