create table numbers (
  number bigint primary key,
  message_id text not null unique,
  order_id text not null
);
