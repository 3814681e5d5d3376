create table processed (
  message_id text primary key,
  processed_at timestamptz not null default now()
);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
