create table registrations (
  order_id text primary key,
  customer text not null
);
