/**
 * Adds each deposit to its account's balance.
 *
 * The least idempotent statement there is, `balance = balance + n`, made safe by an inbox row in the same transaction
 * (catalogue C-01): a second delivery finds the row and adds nothing.
 */
import amqp from 'amqplib'
import pg from 'pg'

const { RABBITMQ_URL, DATABASE_URL, QUEUE = 'deposits' } = process.env

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 5 })
pool.on('error', leave)
pool.on('connect', (client) => client.on('error', leave))

const connection = await amqp.connect(RABBITMQ_URL)
connection.on('error', leave)
connection.on('close', leave)
const channel = await connection.createChannel()
channel.on('error', leave)
await channel.assertQueue(QUEUE, { durable: true })
await channel.prefetch(5)

const inFlight = new Set()
const { consumerTag } = await channel.consume(QUEUE, (message) => {
  if (message === null) return leave(new Error('the broker cancelled the consumer'))
  const work = handle(message).catch(leave).finally(() => inFlight.delete(work))
  inFlight.add(work)
})
process.once('SIGTERM', () => shutdown().catch(leave))
console.log(`waiting for messages in ${QUEUE}`)

async function handle(message) {
  const deposit = JSON.parse(message.content.toString())
  await transaction((db) => add(db, message.properties.messageId, deposit))
  channel.ack(message)
  console.log(`deposit ${deposit.depositId} is in account ${deposit.account}`)
}

async function add(db, messageId, deposit) {
  const claim = await db.query('insert into inbox (message_id) values ($1) on conflict do nothing', [messageId])
  if (claim.rowCount === 0) return
  await db.query(
    `insert into accounts (account, balance) values ($1, $2)
      on conflict (account) do update set balance = accounts.balance + excluded.balance`,
    [deposit.account, deposit.amount],
  )
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

/** Finishes the messages in hand, then goes. */
async function shutdown() {
  await channel.cancel(consumerTag)
  await Promise.all(inFlight)
  await channel.close() // First: closing the connection alone may overtake the last acknowledgement.
  connection.off('close', leave)
  await connection.close()
  await pool.end()
  process.exit(0)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
