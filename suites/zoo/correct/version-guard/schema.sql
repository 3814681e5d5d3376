create table orders (
  order_id text primary key,
  amount numeric not null,
  status text not null default 'new',
  points numeric not null default 0,
  version integer not null default 0
);
