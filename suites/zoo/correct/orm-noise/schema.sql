create table inbox (
  message_id text primary key
);
create table articles (
  name text primary key,
  price numeric not null
);
insert into articles (name, price) values ('lamp', 40), ('accessory-0', 3), ('accessory-1', 4);
create table flags (
  name text primary key,
  value text not null
);
insert into flags (name, value) values ('flag-0', 'on');
create table lines (
  line_no bigint generated always as identity primary key,
  order_id text not null,
  article text not null,
  price numeric not null
);
