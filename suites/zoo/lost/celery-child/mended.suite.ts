/**
 * The twin of broken.suite.ts that gives back what a killed child had in hand.
 *
 * The message is what Celery's own producer sends: protocol 2, with the task's name and id in headers and
 * [args, kwargs, embed] as the body.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'lost/celery-child/mended',
  sources: { orders: rabbitmq({ queue: 'orders' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: [
      'python3', '-m', 'celery', '-A', 'mended', 'worker', '--concurrency=2', '--loglevel=INFO',
      '--without-gossip', '--without-mingle', '--without-heartbeat',
    ],
    env: {
      RABBITMQ_URL: '{{orders.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{orders.queue}}',
      PYTHONPATH: '{{parts.python-packages}}:{{parts.celery}}',
    },
  },
  contract: { identity: { header: 'id' } },
  workload: {
    body: [[{ orderId: 'o-1001', customer: 'c-7', amount: 25 }], {}, { callbacks: null, errbacks: null }],
    vary: ['/0/0/orderId'],
    amount: '/0/0/amount',
    headers: { task: 'orders.book', lang: 'py' },
  },
  effects: {
    invoice: { sql: 'select order_id as id, * from invoices' },
  },
  horizon: '10s',
  profile: 'quick',
  faults: ['kill', 'cut', 'kill-child'],
})
