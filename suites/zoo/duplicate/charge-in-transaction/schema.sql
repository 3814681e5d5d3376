create table payments (
  order_id text primary key,
  amount numeric not null,
  paid_at timestamptz not null default now()
);
create table ledger (
  entry_no bigint generated always as identity primary key,
  order_id text not null,
  account text not null,
  amount numeric not null
);
