/**
 * A claim with an end, and no look at whose it is by then (catalogue B-75, with a lease column).
 *
 * Whoever stops for longer than a second books what somebody else has booked.
 */
import { defineSuite, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'duplicate/lease-without-fence/broken',
  sources: { jobs: postgresQueue({ table: 'jobs', done: 'done_at is not null', lease: '1s' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { property: 'messageId' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'race', 'zombie'],
})
