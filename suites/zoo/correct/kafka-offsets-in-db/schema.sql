create table positions (
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null,
  amount numeric not null
);
