/**
 * Issues one invoice for each order, whatever broker it comes from: the body of `right.mjs` as a handler that Onceproof
 * hosts. The inbox row and the invoice are committed together; the loop around it settles the message after that.
 */
import pg from 'pg'

const db = new pg.Client({ connectionString: process.env.DATABASE_URL })
db.on('error', leave)
await db.connect()

export async function handle(message) {
  const order = message.json()
  await db.query('begin')
  const inbox = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [message.id])
  if (inbox.rowCount === 1) {
    await db.query('insert into invoices (order_id, customer, amount) values ($1, $2, $3)', [
      order.orderId, order.customer, order.amount,
    ])
  }
  await db.query('commit')
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
