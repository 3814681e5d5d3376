/**
 * Relays each row of an outbox to a topic and marks what it has relayed.
 *
 * Resembles the relays of JiRaska/open-bank-oss#3646 and abpframework/abp#24340 (catalogue B-41).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Kafka } from 'kafkajs'
import pg from 'pg'

const { DATABASE_URL, KAFKA_BROKERS, TOPIC } = process.env

const db = new pg.Client({ connectionString: DATABASE_URL })
db.on('error', leave)
await db.connect()
const kafka = new Kafka({ clientId: 'relay', brokers: KAFKA_BROKERS.split(',') })
const producer = kafka.producer()
await producer.connect()
let leaving = false
process.once('SIGTERM', () => {
  leaving = true
})
console.log('waiting for rows')
try {
  while (!leaving) if (!await relay()) await delay(100)
  await producer.disconnect()
  await db.end()
  process.exit(0)
} catch (error) {
  leave(error)
}

/** Sends what lies in the outbox, oldest first. */
async function relay() {
  await db.query('begin')
  const { rows } = await db.query(
    `select id, payload from outbox where sent_at is null
      order by id limit 20 for update skip locked`,
  )
  if (rows.length > 0) {
    await send(rows)
    await db.query('update outbox set sent_at = now() where id = any($1)', [rows.map(({ id }) => id)])
  }
  await db.query('commit')
  return rows.length > 0
}

async function send(rows) {
  const messages = rows.map(({ id, payload }) => ({ key: id, value: JSON.stringify(payload) }))
  await producer.send({ topic: TOPIC, messages })
  console.log(`relayed ${rows.length} rows`)
}

/** A lost connection ends the process; the orchestrator starts the next one. */
function leave(error) {
  console.error(error?.message ?? 'connection closed')
  process.exit(1)
}
