create table payments (
  message_id text primary key,
  order_id text not null,
  amount numeric not null,
  recorded_at timestamptz not null default now()
);
