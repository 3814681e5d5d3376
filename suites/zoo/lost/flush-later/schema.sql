create table sales (
  message_id text primary key,
  order_id text not null,
  amount numeric not null
);
