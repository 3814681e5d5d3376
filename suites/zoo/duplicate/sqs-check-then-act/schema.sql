create table processed (
  message_id text not null,
  processed_at timestamptz not null default now()
);
create index on processed (message_id);
create table payouts (
  payout_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
