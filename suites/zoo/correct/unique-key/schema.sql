create table tickets (
  ticket_no bigint generated always as identity primary key,
  message_id text not null unique,
  order_id text not null,
  customer text not null
);
