create table payouts (
  payout_no bigint generated always as identity primary key,
  order_id text not null,
  amount numeric not null
);
create index on payouts (order_id);
