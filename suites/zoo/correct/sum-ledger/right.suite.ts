/**
 * A running balance that is only ever added to, behind an inbox.
 *
 * No row of a message's own shows its effect, so a naive checker sees nothing lost and nothing twice; or it takes the
 * relative update itself for the bug. What is judged is the sum of each account.
 */
import { defineSuite, postgres, rabbitmq } from 'onceproof'

export default defineSuite({
  name: 'correct/sum-ledger/right',
  sources: { deposits: rabbitmq({ queue: 'deposits' }) },
  dependencies: {
    db: postgres(),
  },
  setup: [{ run: 'node ../../migrate.mjs schema.sql' }],
  subject: {
    command: ['node', 'consumer.mjs'],
    env: {
      RABBITMQ_URL: '{{deposits.url}}',
      DATABASE_URL: '{{db.url}}',
      QUEUE: '{{deposits.queue}}',
    },
  },
  contract: { identity: { property: 'messageId' }, producerDuplicates: true, replayWithin: '7d' },
  workload: {
    body: { depositId: 'd-1001', account: 'a-77', amount: 25 },
    vary: ['/depositId'],
    key: '/account',
    amount: '/amount',
  },
  effects: {
    balance: { sql: 'select account as id, * from accounts', sum: 'balance' },
  },
  horizon: '5s',
  profile: 'full',
  faults: ['kill', 'cut', 'orphan', 'duplicate', 'race', 'zombie', 'replay'],
})
