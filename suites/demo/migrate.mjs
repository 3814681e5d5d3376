/**
 * Creates the tables of the demo: `node migrate.mjs`, run by the suites' `setup`.
 *
 * `inbox` remembers which messages were worked on; only the right consumers use it.
 */
import pg from 'pg'

const db = new pg.Client({ connectionString: process.env.DATABASE_URL })
await db.connect()
await db.query(`
  create table inbox (
    message_id text primary key,
    received_at timestamptz not null default now()
  );
  create table invoices (
    invoice_no bigint generated always as identity primary key,
    order_id text not null,
    customer text not null,
    amount numeric not null,
    issued_at timestamptz not null default now()
  );
`)
await db.end()
