create table claims (
  message_id text primary key,
  payload text not null,
  attempt integer not null default 1,
  lease_until timestamptz not null default now() + interval '1 second',
  done_at timestamptz
);
create table payments (
  payment_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
