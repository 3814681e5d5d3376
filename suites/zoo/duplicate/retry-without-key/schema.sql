create table payments (
  order_id text primary key,
  amount numeric not null,
  paid_at timestamptz not null default now()
);
