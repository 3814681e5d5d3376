create table locks (
  message_id text primary key,
  owner text,
  until timestamptz not null default '-infinity',
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
  amount numeric not null
);
