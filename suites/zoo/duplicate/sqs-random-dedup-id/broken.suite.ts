/**
 * A relay to a FIFO queue whose deduplication id is random (catalogue B-31).
 *
 * The receiving queue could keep the second copy out, and is never told that it is one.
 */
import { defineSuite, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'duplicate/sqs-random-dedup-id/broken',
  sources: { orders: sqsFifo({ queue: 'orders', queues: ['events'] }) },
  subject: {
    command: ['node', 'broken.mjs'],
    env: {
      SQS_ENDPOINT: '{{orders.endpoint}}',
      QUEUE_URL: '{{orders.queueUrl}}',
      AWS_REGION: '{{orders.region}}',
      AWS_ACCESS_KEY_ID: '{{orders.accessKey}}',
      AWS_SECRET_ACCESS_KEY: '{{orders.secretKey}}',
      OUT_QUEUE_URL: '{{orders.queueUrl.events}}',
    },
  },
  contract: { identity: { header: 'message-id' } },
  workload: {
    body: { orderId: 'o-1001', customer: 'c-7', amount: 25 },
    vary: ['/orderId'],
    amount: '/amount',
  },
  effects: {
    event: { queue: { source: 'orders', queue: 'events', id: '/orderId' } },
  },
  expect: { event: 'once' },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut'],
})
