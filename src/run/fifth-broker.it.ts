/**
 * A fifth broker costs one line: a queue that nothing above `wire/`, `broker/` and `stack/` has ever heard of is added
 * to the table of kinds, and a right consumer of it is certified, a wrong one caught at its point.
 *
 * Its server is real and a process of its own; the receiver of the charges is the harness's.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lineq, lineqKind } from '../broker/lineq.ts'
import { shippedKinds } from '../kinds.ts'
import { startLineq } from '../stack/lineq.ts'
import { blockingCodes, openTrialStack, type SuiteChange, type TrialStack } from './testing.ts'

const line = { lineq: { ...lineqKind, edge: () => Promise.resolve({ broker: lineq, start: startLineq }) } }
const kinds = { ...shippedKinds, sources: { ...shippedKinds.sources, ...line } }

/** Charges once per order: the receiver tells repeats apart by the key. */
const consumer = (key: string): string => `
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
const { HOST, PORT, SPACE, QUEUE, PSP } = process.env
const socket = connect(Number(PORT), HOST).setNoDelay(true)
socket.on('error', leave).on('close', leave)
socket.write(\`HI \${SPACE}\\nSUB \${QUEUE}\\n\`)
for await (const line of createInterface({ input: socket })) {
  if (line.startsWith('ERR')) leave()
  const [, number, json] = /^MSG (\\d+) [01] \\S+ (.*)$/.exec(line) ?? []
  if (json === undefined) continue
  const order = JSON.parse(JSON.parse(json).body)
  const response = await fetch(PSP + '/charges', {
    method: 'POST', body: JSON.stringify(order), headers: { 'idempotency-key': ${key} },
  }).catch(leave)
  if (!response.ok) leave()
  await response.text()
  socket.write(\`ACK \${number}\\n\`)
}
function leave() { process.exit(1) }
`

function suite(name: string): SuiteChange {
  return {
    name,
    sources: { orders: { kind: 'lineq' } },
    dependencies: { psp: { kind: 'http', dedup: { header: 'idempotency-key' } } },
    subject: {
      command: ['node', `${name}.mjs`],
      env: {
        HOST: '{{orders.host}}', PORT: '{{orders.port}}', SPACE: '{{orders.space}}', QUEUE: '{{orders.queue}}',
        PSP: '{{psp.url}}',
      },
    },
    contract: { identity: { property: 'messageId' }, producerDuplicates: true },
    workload: { body: { orderId: 'o-1001', amount: 25 }, vary: ['/orderId'], amount: '/amount' },
    effects: { charge: { http: { id: '/orderId' } } },
    horizon: '1s',
  }
}

let stack: TrialStack

beforeAll(async () => {
  stack = await openTrialStack({ first: suite('keyed'), kinds })
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

test('a consumer that passes the order as the key is certified', async () => {
  const { result } = await stack.certify({
    suite: suite('keyed'), faults: ['kill', 'cut', 'error'], files: { 'keyed.mjs': consumer('order.orderId') },
  })
  expect(blockingCodes(result)).toEqual([])
  expect(result.verdict).toBe('certified')
  expect(result.versions).toHaveProperty('lineq')
  expect(result.judgement.grid.map(({ point }) => point).join('\n')).toContain('orders ACK#1')
})

test('one that makes up a key for every try charges twice, and is caught before its ACK', async () => {
  const { result } = await stack.certify({
    suite: suite('unkeyed'), files: { 'unkeyed.mjs': consumer('randomUUID()') },
  })
  expect(result.verdict).toBe('violated')
  expect(result.judgement.findings.map(({ anomaly, effect }) => `${anomaly} ${effect}`)).toContain('duplicate charge')
  expect(result.judgement.findings.flatMap(({ points }) => points).join('\n')).toContain('orders ACK#1 before')
})
