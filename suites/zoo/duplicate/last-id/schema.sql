create table accounts (
  customer text primary key,
  balance numeric not null,
  last_message_id text not null
);
create table processed (
  message_id text primary key,
  processed_at timestamptz not null default now()
);
