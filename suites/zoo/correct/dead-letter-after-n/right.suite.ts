/**
 * Retries end in a dead letter after so many deliveries (catalogue C-11), and the suite says so.
 *
 * A naive checker calls every message without its effect lost, also one that lies where it was meant to end; or it
 * calls the retries a loop.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/dead-letter-after-n/right',
  sources: {
    orders: rabbitmq({
      queue: 'orders', deadLetter: 'orders.dead', arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 },
    }),
  },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7' },
    vary: ['/orderId'],
  },
  effects: {
    registration: { sql: 'select order_id as id, * from registrations' },
  },
  expect: { registration: 'once', deadLetter: ['orders.dead'] },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'poison'],
})
