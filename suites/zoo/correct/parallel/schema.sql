create table customers (
  customer text primary key,
  email text not null
);
insert into customers (customer, email) values ('c-7', 'c-7@example.com');
create table reservations (
  order_id text primary key,
  customer text not null
);
