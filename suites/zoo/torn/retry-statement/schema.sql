create table orders (
  order_id text primary key,
  customer text not null,
  placed_at timestamptz not null default now()
);
create table reservations (
  reservation_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
