create table seen (
  message_id text primary key,
  seen_at timestamptz not null default now()
);
create index on seen (seen_at);
create table ledger (
  entry_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null,
  amount numeric not null
);
