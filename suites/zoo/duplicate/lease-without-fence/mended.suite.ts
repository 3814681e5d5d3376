/**
 * The twin of broken.suite.ts whose claims have numbers: who has lost one finds another number and writes nothing.
 */
import { defineSuite, postgres, postgresQueue } from 'onceproof'

export default defineSuite({
  name: 'duplicate/lease-without-fence/mended',
  sources: { jobs: postgresQueue({ table: 'jobs', done: 'done_at is not null', lease: '1s' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'mended.mjs'],
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
