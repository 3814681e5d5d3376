create table discounts (
  customer text primary key,
  percent integer not null
);
insert into discounts (customer, percent) values ('c-7', 50);
create table invoices (
  invoice_no bigint generated always as identity primary key,
  message_id text not null unique,
  order_id text not null,
  customer text not null,
  amount numeric not null
);
create function issue_invoice(message text, ordered text, buyer text, total numeric)
returns table (invoice_no bigint) language plpgsql as $$
begin
  insert into invoices (message_id, order_id, customer, amount) values (message, ordered, buyer, total)
    on conflict (message_id) do nothing;
  return query select invoices.invoice_no from invoices where invoices.message_id = message;
end
$$;
