/**
 * The twin of broken.suite.ts that names what failed.
 */
import { defineSuite, postgres, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'lost/lambda-no-failures/mended',
  sources: { orders: sqsFifo({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    handler: 'mended.mjs',
    client: 'lambda',
    env: { DATABASE_URL: '{{db.url}}' },
  },
  contract: { identity: { header: 'message-id' }, producerDuplicates: true },
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
  faults: ['kill', 'cut', 'error'],
})
