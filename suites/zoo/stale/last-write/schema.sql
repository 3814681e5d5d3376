create table customers (
  customer text primary key,
  last_order text not null,
  sequence bigint not null,
  amount numeric not null,
  updated_at timestamptz not null default now()
);
