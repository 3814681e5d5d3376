create table processed (
  message_id text primary key,
  processed_at timestamptz not null default now()
);
create table awards (
  award_no bigint generated always as identity primary key,
  order_id text not null,
  member_id text not null,
  points numeric not null
);
create table members (
  member_id text primary key,
  points numeric not null default 0
);
insert into members (member_id) values ('c-7');
