create table inbox (
  message_id text primary key,
  received_at timestamptz not null default now()
);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null,
  amount numeric not null,
  issued_at timestamptz not null default now()
);
create table postings (
  posting_no bigint generated always as identity primary key,
  order_id text not null,
  account text not null,
  amount numeric not null
);
