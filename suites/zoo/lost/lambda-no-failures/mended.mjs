/**
 * The twin of broken.mjs that names in its answer what failed, so that the mapping gives that back.
 */
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
// A broken database connection is replaced by the pool; the statement that ran on it rejects.
pool.on('error', (error) => console.error(`database: ${error.message}`))
pool.on('connect', (client) => client.on('error', (error) => console.error(`database: ${error.message}`)))

export async function handler(event) {
  const results = await Promise.allSettled(event.Records.map(handle))
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) console.error(reason.message)
  const failed = event.Records.filter((_, i) => results[i].status === 'rejected')
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
}

async function handle(record) {
  const order = JSON.parse(record.body)
  await transaction((db) => book(db, record.messageAttributes['message-id'].stringValue, order))
  console.log(`booked order ${order.orderId}`)
}

async function book(db, messageId, order) {
  const claim = await db.query('insert into processed (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query('insert into invoices (order_id, amount) values ($1, $2)', [order.orderId, order.amount])
}

/** Ends with the commit or throws; a client that failed is closed, which rolls back whatever it had begun. */
async function transaction(body) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await body(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error)
    throw error
  }
}
