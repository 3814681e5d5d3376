create table jobs (
  message_id text primary key,
  payload text not null,
  lease_until timestamptz not null default now() + interval '2 seconds',
  done_at timestamptz
);
create table shipments (
  shipment_no bigint generated always as identity primary key,
  order_id text not null,
  customer text not null
);
create table movements (
  movement_no bigint generated always as identity primary key,
  order_id text not null,
  quantity integer not null
);
