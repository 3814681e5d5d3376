create table receipts (
  order_id text primary key,
  amount numeric not null,
  receipt text not null
);
