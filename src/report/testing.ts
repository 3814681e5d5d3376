/**
 * A run with one finding and the journal that proves it, for tests of reports. `foreign` stands wherever text comes
 * from a suite, a subject, a message or a server. Not part of the package.
 */
import { DOMParser, type Document } from '@xmldom/xmldom'
import type { Event, EventBody } from '../model/event.ts'
import {
  certifiedJudgement, inconclusiveJudgement, sampleFinding, sampleRun, sampleSuite, violatedJudgement,
} from '../model/testing.ts'
import type { Judgement } from '../model/verdict.ts'
import { toReport } from '../store/run-result.ts'
import type { StoredRun } from './stored-run.ts'

export interface Foreign {
  readonly text: string
  /** What the message's effects are in the end. */
  readonly effects?: number
}

/** A message that is handled twice, because the first life was killed after its row was written. */
export function sampleHistory({ text, effects = 2 }: Foreign): Event[] {
  const step: readonly EventBody[] = [
    {
      type: 'step-started', phase: 'sweep', context: 'cold', messages: [text],
      faults: [{ fault: 'kill', point: sampleFinding.point }],
    },
    { type: 'connection-opened', incarnation: 'i1', link: 'orders', connection: 'i1.orders' },
    // The confirmation is read after the delivery.
    delivered('i1', text, false),
    { type: 'sent', message: text, copy: 1, outcome: 'ok' },
    { type: 'output', incarnation: 'i1', stream: 'stdout', text: `${text}\n${text}` },
    insert('i1', text),
    { type: 'operation-forwarded', operation: 'i1.insert' },
    { type: 'operation-ended', operation: 'i1.insert', outcome: 'ok', detail: text },
    { type: 'fault-held', fault: 'kill', point: sampleFinding.point, withheld: [], proven: 'ok' },
    { type: 'fault-did', fault: 'kill', point: sampleFinding.point, verb: 'kill', detail: text },
    { type: 'incarnation-exited', incarnation: 'i1', code: null, signal: 'SIGKILL', because: 'fault' },
    { type: 'connection-opened', incarnation: 'i2', link: 'orders', connection: 'i2.orders' },
    { type: 'incarnation-ready', incarnation: 'i2' },
    delivered('i2', text, true),
    insert('i2', text),
    { type: 'operation-forwarded', operation: 'i2.insert' },
    { type: 'operation-ended', operation: 'i2.insert', outcome: 'ok', detail: '' },
    { type: 'operation-answered', operation: 'i2.insert' },
    { type: 'settled', incarnation: 'i2', connection: 'i2.orders', delivery: '1:1', message: text, how: 'ack' },
    { type: 'step-ended', reason: 'settled' },
  ]
  const started: EventBody = {
    type: 'run-started', seed: '7f3a91', command: text, startedAt: '2026-11-21T08:01:12.345Z',
    host: { cores: 2, node: 'v24.21.0', platform: 'linux' }, versions: {},
  }
  const head = { atMs: 0, cell: 'c1' }
  return [
    { ...started, ...head, seq: 1 },
    ...step.map((body, i): Event => ({ ...body, ...head, seq: i + 2, atMs: i * 3, step: 'sweep-1' })),
    ...Array.from({ length: effects }, (_, i): Event => ({
      type: 'effect-observed', effect: text, identity: text, message: text, reading: 'final',
      content: { [text]: text, number: String(i), nothing: null }, ...head, seq: step.length + 2 + i,
    })),
  ]
}

function delivered(incarnation: string, message: string, redelivered: boolean): EventBody {
  return {
    type: 'delivered', incarnation, connection: `${incarnation}.orders`, delivery: '1:1', message, redelivered,
    lane: 'orders',
  }
}

function insert(incarnation: string, text: string): EventBody {
  return {
    type: 'operation-started', incarnation, connection: `${incarnation}.db`, operation: `${incarnation}.insert`,
    link: 'db', kind: 'INSERT', text, occurrence: 1, reads: false, oneWay: false, handshake: false, cause: 'token',
    message: text, values: [text],
  }
}

/** Its finding, doubts, observations, grid and names all hold the foreign text. */
export function sampleStored(foreign: Foreign, findings = 1): StoredRun {
  const { text } = foreign
  const history = sampleHistory(foreign)
  const finding = {
    ...sampleFinding, effect: text, message: text, detail: text, point: text, points: [text, `${text} again`],
    witness: history.map((event) => event.seq), schedule: [{ fault: 'kill', point: text }],
  }
  const judgement: Judgement = {
    ...violatedJudgement, doubts: [{ code: text, detail: text, blocking: true }, ...inconclusiveJudgement.doubts],
    findings: Array.from({ length: findings }, (_, i) => ({ ...finding, id: `${finding.id}${i}` })),
    observations: [{ kind: 'limit', detail: text, count: 2 }],
    grid: [
      ...certifiedJudgement.grid,
      { point: text, also: [text], context: text, faults: { kill: { planned: 1, fired: 1, worst: text } } },
      { point: 'late', also: [], context: 'cold', faults: { [text]: { planned: 2, fired: 1, worst: undefined } } },
    ],
  }
  const suite = {
    ...sampleSuite(judgement, text), claim: text, versions: { [text]: text }, notDecoded: [text],
  }
  const result = { ...sampleRun([suite], 1), command: text }
  const report = toReport(result)
  return { report, suites: report.suites.map((one) => ({ suite: one, history })) }
}

/** Without foreign text. */
export function plainStored(judgements: readonly Judgement[]): StoredRun {
  const suites = judgements.map((judgement, i) => sampleSuite(judgement, `demo/${judgement.verdict}-${i + 1}`))
  const report = toReport(sampleRun(suites, 0))
  return { report, suites: report.suites.map((suite) => ({ suite, history: undefined })) }
}

/** Throws on whatever is not well-formed; that a text holds U+FFFD is no fault, reports put it there. */
export function parseStrict(text: string): Document {
  const onError = (level: string, message: string): void => {
    if (!message.startsWith('Unicode replacement character')) throw new RangeError(`${level}: ${message}`)
  }
  return new DOMParser({ onError }).parseFromString(text, 'text/xml')
}

/** What is written into tests of escaping, beside what is drawn at random. */
export const hostile: readonly string[] = [
  '<script>alert(1)</script>', '</title></style></script><img src=x onerror=alert(1)>', '"><svg/onload=alert(1)>',
  '\' onmouseover=\'alert(1)', '&lt;b&gt; &amp; &#0; &nosuch;', ']]><![CDATA[<x>', '<!-- --> <?php ?>',
  '{{x}} ${x} `x`',
  '\u0000\u0001\u0008\u000b\u000c\u001b[31mred\u001b[0m\u001b]8;;x\u0007', '\ud800 lone \udfff', '\ufffe\uffff',
  '\u202egnirts\u202c \u2066x\u2069 \u200f', 'a'.repeat(100_000), '\n\n# heading\n| a | b |\n```\n@team #1', '', ' ',
  '::error::x%0A', '__proto__', 'constructor', 'toString', '=cmd|\' /C calc\'!A0', 'javascript:alert(1)', '\r\n\t',
  '</pre></textarea></svg><p>', '\u{1f600}\u0301 \u4e2d\u6587', '`````` ~~~ ``', '</details>',
]
