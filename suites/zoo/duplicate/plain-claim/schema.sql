create table claims (
  id text primary key,
  owner text not null,
  claimed_at timestamptz not null default now(),
  done_at timestamptz
);
create table payouts (
  payout_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
create table ledger (
  entry_no bigint generated always as identity primary key,
  order_id text not null,
  account text not null,
  amount numeric not null
);
