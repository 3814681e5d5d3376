/**
 * Several messages in one transaction, acknowledged by one frame after its commit; in Python.
 *
 * A naive checker asks each message for a commit and an acknowledgement of its own, and takes the four that have none
 * for lost; or it blames all five for the one that was in hand.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/python-batch/right',
  sources: { views: rabbitmq({ queue: 'views' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['python3', 'consumer.py'],
    env: {
      RABBITMQ_URL: '{{views.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{views.queue}}',
      PYTHONPATH: '{{parts.python-packages}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true },
  workload: {
    body: { viewId: 'v-1001', page: '/pricing' },
    vary: ['/viewId'],
  },
  effects: {
    view: { sql: 'select view_id as id, * from views' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'stop'],
})
