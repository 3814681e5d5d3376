create table order_states (
  order_id text primary key,
  customer text not null,
  amount numeric not null,
  updated_at timestamptz not null
);
