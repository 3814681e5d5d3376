create table jobs (
  id bigint generated always as identity primary key,
  payload jsonb not null
);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null,
  amount numeric not null
);
