/**
 * Relays each row of an outbox to a FIFO queue and marks what it has relayed.
 *
 * Resembles the relays of derive-to/derive#118 and csxark/Wealth-Vault#546 (catalogue B-43): any number of them run, and
 * each takes what is not marked.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
import pg from 'pg'

const { DATABASE_URL, SQS_ENDPOINT, QUEUE_URL } = process.env

const sqs = new SQSClient({ endpoint: SQS_ENDPOINT })
const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()
let leaving = false
process.once('SIGTERM', () => {
  leaving = true
})
console.log('waiting for rows')
try {
  while (!leaving) if (!await relay()) await delay(100)
  await db.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

/** Sends what lies in the outbox, oldest first. */
async function relay() {
  const { rows } = await db.query('select id, payload from outbox where sent_at is null order by id limit 20')
  for (const row of rows) {
    await send(row)
    await db.query('update outbox set sent_at = now() where id = $1', [row.id])
  }
  return rows.length > 0
}

async function send({ id, payload }) {
  await sqs.send(new SendMessageCommand({
    QueueUrl: QUEUE_URL,
    MessageBody: JSON.stringify(payload),
    MessageGroupId: payload.customer,
    MessageDeduplicationId: `outbox-${id}`,
  }))
  console.log(`relayed row ${id}`)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
