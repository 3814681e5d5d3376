create table inbox (
  message_id text primary key
);
create table orders (
  order_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null
);
alter table orders add column channel text;
