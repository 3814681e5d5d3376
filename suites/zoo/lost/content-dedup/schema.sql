create table booked (
  fingerprint text primary key,
  booked_at timestamptz not null default now()
);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null,
  amount numeric not null
);
create table heartbeats (
  worker text primary key,
  beat_at timestamptz not null default now()
);
