/**
 * The twin of broken.suite.ts that marks a row once the broker has it. An event may come twice; whoever reads the
 * topic is told so.
 */
import { defineSuite, kafka, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'lost/outbox-marked-first/mended',
  sources: {
    outbox: postgresQueue({ table: 'outbox', done: 'sent_at is not null' }),
    bus: kafka({ topic: 'events' }),
  },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}',
      KAFKA_BROKERS: '{{bus.address}}',
      TOPIC: '{{bus.topic}}',
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    event: { topic: { source: 'bus', topic: 'events', id: '/orderId' } },
  },
  expect: { event: 'at-least-once' },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut'],
})
