create table inbox (
  message_id text primary key
);
create table views (
  view_no bigint generated always as identity primary key,
  view_id text not null,
  page text not null
);
