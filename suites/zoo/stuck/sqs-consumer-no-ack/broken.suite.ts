/**
 * sqs-consumer 14 and later do not delete a message whose handler returns nothing (catalogue B-80).
 *
 * The first delivery is returned and deleted. One that comes again was booked before: the handler has nothing to do,
 * returns nothing, and the message goes round for ever.
 */
import { defineSuite, postgres, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'stuck/sqs-consumer-no-ack/broken',
  sources: { orders: sqsFifo({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      SQS_ENDPOINT: '{{orders.endpoint}}',
      QUEUE_URL: '{{orders.queueUrl}}',
      AWS_REGION: '{{orders.region}}',
      AWS_ACCESS_KEY_ID: '{{orders.accessKey}}',
      AWS_SECRET_ACCESS_KEY: '{{orders.secretKey}}',
      DATABASE_URL: '{{db.url}}',
    },
  },
  contract: { identity: { header: 'message-id' }, producerDuplicates: true },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
    posting: { sql: 'select order_id as id, * from postings' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut'],
})
