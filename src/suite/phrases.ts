/**
 * What each place of a suite expects, in words, with something to write: the vocabulary of refusals.
 *
 * A place is a path with `*` for names and numbers. A place that is missing here is described by the words that its
 * schema brings along (settings of kinds do), else by its type alone.
 */

export interface Phrase {
  /** Ends "expected ...". */
  readonly expected: string
  /** Ends "write ...". */
  readonly write: string
}

const durationPhrase: Phrase = { expected: 'a duration', write: "a number and a unit, as in '30s'" }
const pointerPhrase: Phrase = { expected: 'a JSON pointer', write: "one that starts with '/', as in '/orderId'" }
const idPhrase: Phrase = { expected: 'a JSON pointer or a header', write: "'/orderId' or { header: 'x-order-id' }" }
const textPhrase: Phrase = { expected: 'text', write: 'a string, a number or a boolean' }
const flagPhrase: Phrase = { expected: 'true or false', write: 'one of them' }

const phrases: Readonly<Record<string, Phrase>> = {
  '': { expected: 'an object', write: '{ sources, subject, workload, ... }' },
  'name': { expected: 'a name', write: "name: 'orders'" },
  'sources': { expected: 'sources by name', write: "sources: { orders: { kind: 'rabbitmq' } }" },
  'sources.*': { expected: 'a source', write: "{ kind: 'rabbitmq', queue: 'orders' }" },
  'dependencies': { expected: 'dependencies by name', write: "dependencies: { db: { kind: 'postgres' } }" },
  'dependencies.*': { expected: 'a dependency', write: "{ kind: 'postgres' }" },
  'setup': { expected: 'a list of commands', write: "setup: [{ run: 'node migrate.mjs' }]" },
  'setup.*': { expected: 'a command', write: "{ run: 'node migrate.mjs' }" },
  'setup.*.run': { expected: 'a command line', write: "{ run: 'node migrate.mjs' }" },
  'subject': { expected: 'the consumer under test', write: "subject: { command: ['node', 'consumer.js'] }" },
  'subject.command': { expected: 'a list of words', write: "['node', 'consumer.js']" },
  'subject.command.*': { expected: 'a word', write: "['node', 'consumer.js']" },
  'subject.cwd': { expected: 'a folder', write: "cwd: './consumer'" },
  'subject.env': { expected: 'variables by name', write: "env: { DATABASE_URL: '{{db.url}}' }" },
  'subject.env.*': textPhrase,
  'subject.envFile': { expected: 'a file name', write: "envFile: '.env.test'" },
  'subject.grace': durationPhrase,
  'subject.restart': { expected: "'always'", write: "'always', or leave it out" },
  'subject.backoff': durationPhrase,
  'subject.exclusive': flagPhrase,
  'subject.instances': { expected: '1', write: '1 or leave it out: more than one instance is not supported yet' },
  'subject.next': { expected: 'what differs in the next version', write: "next: { env: { VERSION: '2' } }" },
  'subject.next.command': { expected: 'a list of words', write: "['node', 'consumer-2.js']" },
  'subject.next.command.*': { expected: 'a word', write: "['node', 'consumer-2.js']" },
  'subject.next.env': { expected: 'variables by name', write: "env: { VERSION: '2' }" },
  'subject.next.env.*': textPhrase,
  'subject.lockTtl': durationPhrase,
  'contract': { expected: 'what the producer promises', write: "contract: { identity: { header: 'message-id' } }" },
  'contract.identity': {
    expected: "where a message's identity is",
    write: "{ header: 'message-id' }, { property: 'messageId' } or { pointer: '/orderId' }",
  },
  'contract.identity.pointer': pointerPhrase,
  'contract.identity.property': { expected: "'messageId'", write: "{ property: 'messageId' }" },
  'contract.producerDuplicates': flagPhrase,
  'contract.replayWithin': durationPhrase,
  'contract.dedupWindow': durationPhrase,
  'workload': { expected: 'a sample message', write: "workload: { body: { orderId: 'o-1' }, vary: ['/orderId'] }" },
  'workload.from': { expected: 'a file name', write: "from: 'orders.jsonl'" },
  'workload.samples': { expected: 'a list of bodies', write: "samples: [{ orderId: 'o-1' }]" },
  'workload.vary': { expected: 'a list of JSON pointers', write: "['/orderId']" },
  'workload.vary.*': pointerPhrase,
  'workload.key': pointerPhrase,
  'workload.amount': pointerPhrase,
  'workload.headers': { expected: 'headers by name', write: "headers: { type: 'order' }" },
  'workload.headers.*': textPhrase,
  'workload.lanes': { expected: 'a list of sources', write: "lanes: ['orders', 'returns']" },
  'effects': { expected: 'effects by name', write: "effects: { invoice: { sql: 'select id, * from invoices' } }" },
  'effects.*': {
    expected: 'an effect',
    write: "{ sql: 'select order_id as id, * from invoices' }, { http: { to, id } }, { queue: { queue, id } }"
      + ' or { topic: { topic, id } }',
  },
  'effects.*.sql': { expected: 'a query', write: "sql: 'select order_id as id, * from invoices'" },
  'effects.*.sum': { expected: 'the name of a column', write: "sum: 'balance'" },
  'effects.*.last': { expected: 'the name of a column', write: "last: 'status'" },
  'effects.*.in': { expected: 'the name of a dependency', write: "in: 'db'" },
  'effects.*.http': { expected: 'a receiver and an identity', write: "http: { to: 'psp', id: '/orderId' }" },
  'effects.*.http.to': { expected: 'the name of a dependency', write: "to: 'psp'" },
  'effects.*.http.id': idPhrase,
  'effects.*.queue': { expected: 'a queue and an identity', write: "queue: { queue: 'receipts', id: '/orderId' }" },
  'effects.*.queue.source': { expected: 'the name of a source', write: "source: 'orders'" },
  'effects.*.queue.queue': { expected: 'the name of a queue', write: "queue: 'receipts'" },
  'effects.*.queue.id': { ...idPhrase, write: "'/orderId', { header: 'x-order-id' } or { property: 'messageId' }" },
  'effects.*.topic': { expected: 'a topic and an identity', write: "topic: { topic: 'receipts', id: '/orderId' }" },
  'effects.*.topic.source': { expected: 'the name of a source', write: "source: 'orders'" },
  'effects.*.topic.topic': { expected: 'the name of a topic', write: "topic: 'receipts'" },
  'effects.*.topic.id': { ...idPhrase, write: "'/orderId', { header: 'x-order-id' } or { property: 'messageId' }" },
  'expect': { expected: 'how often each effect must be there', write: "expect: { invoice: 'once' }" },
  'expect.*': { expected: "'once', 'at-least-once' or 'at-most-once'", write: 'one of them' },
  'expect.deadLetter': { expected: 'a list of queues or topics', write: "deadLetter: ['orders.dead']" },
  'expect.reject': flagPhrase,
  'expect.order': { expected: "'none'", write: "'none' or leave it out: order within a lane is not judged yet" },
  'horizon': durationPhrase,
  'settlement': {
    expected: "'wire', 'none' or a query", write: "settlement: { sql: 'select id from jobs where done' }",
  },
  'settlement.sql': { expected: 'a query', write: "sql: 'select id from jobs where done'" },
  'settlement.in': { expected: 'the name of a database', write: "in: 'db'" },
  'allow': { expected: 'what is allowed', write: "allow: { egress: [{ to: 'host:443', reason: 'metrics' }] }" },
  'allow.egress': { expected: 'receivers with reasons', write: "egress: [{ to: 'host:443', reason: 'metrics' }]" },
  'allow.egress.*': { expected: 'a receiver and a reason', write: "{ to: 'host:443', reason: 'metrics' }" },
  'profile': { expected: "'quick' or 'full'", write: 'one of them' },
  'faults': { expected: 'a list of fault names', write: "faults: ['kill', 'cut']" },
  'versions': { expected: 'versions by part', write: "versions: { postgres: '17' }" },
  'versions.*': textPhrase,
}

/** What the design knows and this version cannot do yet; said instead of "unknown". */
const notYet: Readonly<Record<string, string>> = {
  'subject.image': 'containers are not supported yet; write subject.command',
  'subject.volumes': 'containers are not supported yet',
  'effects.*.mail': 'mail effects are not supported yet; observe an sql, http or queue effect',
  'effects.*.observe': 'observe commands are not supported yet; observe an sql, http or queue effect',
}

export function phraseAt(path: readonly PropertyKey[]): Phrase | undefined {
  return lookUp(phrases, path)
}

export function notYetAt(path: readonly PropertyKey[]): string | undefined {
  return lookUp(notYet, path)
}

/** The most literal entry: `expect.order` before `expect.*`. */
function lookUp<T>(table: Readonly<Record<string, T>>, path: readonly PropertyKey[]): T | undefined {
  const patterns = path.reduce<string[]>((found, key) => {
    const keys = [...(typeof key === 'string' ? [key] : []), '*']
    return found.flatMap((front) => keys.map((name) => (front === '' ? name : `${front}.${name}`)))
  }, [''])
  const hit = patterns.find((pattern) => Object.hasOwn(table, pattern))
  return hit === undefined ? undefined : table[hit]
}
