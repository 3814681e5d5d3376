create table renderings (
  order_id text primary key,
  begun_at timestamptz not null default now()
);
create table documents (
  order_id text primary key,
  content text not null
);
