create table inbox (
  message_id text primary key
);
create table accounts (
  account text primary key,
  balance numeric not null
);
