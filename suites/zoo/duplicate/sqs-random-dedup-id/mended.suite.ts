/**
 * The twin of broken.suite.ts whose deduplication id is the message's own.
 */
import { defineSuite, sqsFifo } from 'onceproof'

export default defineSuite({
  name: 'duplicate/sqs-random-dedup-id/mended',
  sources: { orders: sqsFifo({ queue: 'orders', queues: ['events'] }) },
  subject: {
    command: ['node', 'mended.mjs'],
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
