/**
 * A result as a run would make it, for tests of what writes, prints and stores results. Not part of the package.
 */
import type { RunResult, SuiteResult } from './run.ts'
import type { Finding, Judgement } from './verdict.ts'

export const sampleFinding: Finding = {
  id: 'D5eIJE', anomaly: 'duplicate', effect: 'invoice', message: 'm-0007',
  point: 'db INSERT into invoices (order_id, customer, amount) values ($)#1 after',
  points: ['db INSERT into invoices (order_id, customer, amount) values ($)#1 after', 'orders basic.ack#1 before'],
  fault: 'kill', context: 'cold', detail: 'invoice o-1007 is there 2 times', count: 1, witness: [41, 52, 60],
  confirmed: { k: 3, n: 3 },
  schedule: [{ fault: 'kill', point: 'db INSERT into invoices (order_id, customer, amount) values ($)#1 after' }],
}

export const certifiedJudgement: Judgement = {
  verdict: 'certified', points: { k: 12, K: 12 }, faults: { fired: 30, planned: 31, notApplicable: 1 },
  grid: [{
    point: 'orders basic.ack#1 before', also: ['db COMMIT#1 after'], context: 'cold',
    faults: {
      kill: { planned: 1, fired: 1, worst: undefined, end: 'fired' },
      cut: { planned: 1, fired: 1, worst: undefined, end: 'fired' },
    },
  }],
  leftOut: [],
  messages: { sent: 40, complete: 40, deliveries: 65, redeliveries: 25 }, findings: [],
  observations: [{ kind: 'repeated-delivery', detail: '25 deliveries were repeated', count: 25 }], doubts: [],
  controls: [
    { effect: 'invoice', what: 'loss', seen: true, how: 'COMMIT became ROLLBACK' },
    { effect: 'invoice', what: 'duplicate', seen: true, how: 'a copy of the row' },
  ],
}

export const violatedJudgement: Judgement = {
  ...certifiedJudgement, verdict: 'violated', findings: [sampleFinding],
  messages: { sent: 40, complete: 39, deliveries: 65, redeliveries: 25 },
}

export const inconclusiveJudgement: Judgement = {
  ...certifiedJudgement, verdict: 'inconclusive', points: { k: 11, K: 12 },
  doubts: [
    {
      code: 'not-exercised', blocking: true,
      detail: '1 planned fault never came about: cut at orders basic.ack#1 before',
    },
    { code: 'egress', detail: 'the subject also spoke to 10.0.0.7:443', blocking: false },
  ],
}

export function sampleSuite(judgement: Judgement, name = 'demo/right'): SuiteResult {
  return {
    name, file: `${process.cwd()}/suites/demo/right.suite.yaml`, profile: 'quick',
    verdict: judgement.verdict, judgement,
    claim: 'In each of 12 places every message met its contract.',
    scope: { faults: ['kill', 'stop', 'cut'], contexts: ['start', 'cold', 'recovery'], partial: false },
    contract: { producerDuplicates: true }, notDecoded: [],
    subject: {
      hash: 'ab'.repeat(32), files: 4, left: 0, commit: 'c'.repeat(40), dirty: false, command: ['node', 'right.mjs'],
      interpreter: { path: '/usr/bin/node', version: 'v24.21.0' },
    },
    suiteHash: 'cd'.repeat(32), versions: { broker: '4.1.0', database: '18.1' }, history: 'history.ndjson',
    durationMs: 31_400,
  }
}

export function sampleRun(suites: readonly SuiteResult[], exitCode = 0): RunResult {
  return {
    folder: `${process.cwd()}/reports/20261121-080112-7f3a91`, seed: '7f3a91', command: 'onceproof certify suites/demo',
    startedAt: '2026-11-21T08:01:12.345Z', durationMs: 33_000, end: 'completed', suites,
    verdict: suites.at(-1)?.verdict ?? 'inconclusive', exitCode,
  }
}
