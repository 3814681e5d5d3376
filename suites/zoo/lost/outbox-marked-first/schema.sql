create table outbox (
  id bigint generated always as identity primary key,
  payload jsonb not null,
  sent_at timestamptz
);
