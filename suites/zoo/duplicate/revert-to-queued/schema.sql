create table payouts (
  order_id text primary key,
  amount numeric not null,
  status text not null default 'queued',
  tries int not null default 0,
  sent_at timestamptz
);
