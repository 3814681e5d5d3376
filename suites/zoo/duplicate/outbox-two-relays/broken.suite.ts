/**
 * An outbox whose rows nobody claims (catalogue B-43), and a deduplication id for each attempt.
 *
 * Two relays both see a row that neither has marked; so does the successor of a dead one.
 */
import { defineSuite, postgres, postgresQueue, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'duplicate/outbox-two-relays/broken',
  sources: {
    outbox: postgresQueue({ table: 'outbox', done: 'sent_at is not null' }),
    bus: sqsFifo({ queue: 'events' }),
  },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}',
      SQS_ENDPOINT: '{{bus.endpoint}}',
      QUEUE_URL: '{{bus.queueUrl}}',
      AWS_REGION: '{{bus.region}}',
      AWS_ACCESS_KEY_ID: '{{bus.accessKey}}',
      AWS_SECRET_ACCESS_KEY: '{{bus.secretKey}}',
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    event: { queue: { source: 'bus', queue: 'events', id: '/orderId' } },
  },
  expect: { event: 'once' },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'orphan', 'rebalance'],
})
