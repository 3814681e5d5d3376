create table orders (
  order_id text primary key,
  customer text not null,
  amount numeric not null,
  imported_at timestamptz not null default now()
);
create table reservations (
  reservation_no bigint generated always as identity primary key,
  order_id text not null,
  quantity integer not null
);
create table order_events (
  event_no bigint generated always as identity primary key,
  order_id text not null,
  event text not null
);
