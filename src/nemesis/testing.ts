/**
 * Operations, points and a stage in memory, for tests of crossings and verbs. Connections are real ones that were never
 * opened: nothing passes through them.
 */
import { Socket } from 'node:net'
import type { Fault, Verb } from '../model/fault.ts'
import type { Point } from '../model/point.ts'
import type { Outcome, Unit, WireProtocol } from '../model/wire.ts'
import { OwedAnswers } from '../tap/owed-answers.ts'
import { TapConnection, type Watcher } from '../tap/connection.ts'
import type { Crossing } from './crossing.ts'
import type { LiveOperation } from './live-operation.ts'
import type { Stage } from './stage.ts'

const silent: Watcher = {
  opened: () => undefined, closed: () => undefined, request: () => 'pass', forwarded: () => undefined,
  reply: () => 'pass', answered: () => undefined, undecodable: () => undefined,
}

/** Writes down what it is asked to do. */
export class MemoryConnection extends TapConnection {
  readonly asked: string[] = []

  constructor(link: string) {
    const session = { request: () => [], reply: () => [], close: () => [] }
    const owed = new OwedAnswers(() => false)
    super({ id: `${link}.1`, link, client: new Socket(), session, owed, watcher: silent, splitter: undefined })
  }

  override keepUpstream(): void {
    this.asked.push('keep upstream')
  }

  override dropUpstream(): void {
    this.asked.push('drop upstream')
  }

  override release(): void {
    this.asked.push('release')
  }

  override forwardHeld(): void {
    this.asked.push('forward')
  }

  override get heldRequests(): readonly Unit[] {
    return [{ bytes: Buffer.from('held') }]
  }

  override interject(): Promise<Outcome> {
    this.asked.push('prove')
    return Promise.resolve('ok')
  }
}

export function operation(key: string, change: Partial<LiveOperation> = {}): LiveOperation {
  const [link = 'db'] = key.split(' ')
  const start = { op: 1, kind: key, text: '', reads: false, oneWay: false, values: [] }
  return {
    id: `i1.${key}`, incarnation: 'i1', key, link, kind: key, text: '', occurrence: 1, reads: false, oneWay: false,
    handshake: false, cause: 'token', connection: new MemoryConnection(link), start, units: [], message: 'm', ...change,
  }
}

export function pointAt(
  op: string, side: Point['side'], done: readonly string[] = side === 'after' ? [op] : [],
): Point {
  return { name: `${op} ${side}`, also: [], side, operation: op, link: 'db', oneWay: false, done, context: 'cold' }
}

export function faultOf(program: readonly Verb[], change: Partial<Fault> = {}): Fault {
  return {
    name: 'test', story: '', at: { sides: ['before'], unit: 'worlds', operations: 'all', links: 'all' }, program,
    contexts: ['cold'],
    overlaps: false, keepsUpstream: false, strikesRecovery: false, fired: () => true, ...change,
  }
}

export interface MemoryStage extends Stage {
  /** What was done to the stage, in order. */
  readonly log: string[]
  readonly connections: readonly MemoryConnection[]
}

export function memoryStage(fault: Fault, crossing: Crossing | undefined, change: Partial<Stage> = {}): MemoryStage {
  const log: string[] = []
  const note = async (text: string): Promise<void> => {
    log.push(text)
  }
  const connections = [new MemoryConnection('db'), new MemoryConnection('orders')]
  const wire: WireProtocol = {
    name: 'memory', open: () => ({ request: () => [], reply: () => [], close: () => [] }),
    proveOneWay: () => ({ bytes: Buffer.alloc(0), done: () => 'ok' }),
  }
  const victim: Stage['victim'] = {
    id: 'i1', connections: () => connections, wireOf: () => wire, kill: () => note('killed'),
    stop: async (_because, _graceMs, delivered) => {
      await note('SIGTERM')
      delivered()
      return 'it left by itself'
    },
    cut: async (link) => {
      await note(`cut ${link}`)
      return 'both sides closed: 1 connections'
    },
    revoke: async (link) => {
      await note(`severed ${link}`)
      return 1
    },
    expire: () => Promise.resolve(0),
    killChild: async (connection) => {
      await note(`killed the child behind ${connection}`)
      return 'SIGKILL to child 7'
    },
    pause: () => note('paused'),
    resume: () => void log.push('resumed'),
  }
  return {
    log, connections, fault, crossing, point: crossing?.point ?? pointAt('message', 'after'),
    twinCrossing: undefined, leaseLinks: new Set(['orders']), claimLinks: new Set(['orders']), graceMs: 5, reachMs: 20,
    signal: new AbortController().signal, victim, twin: victim,
    disarm: () => {
      crossing?.disarm()
      log.push('disarmed')
    },
    flush: () => void log.push('flushed'),
    held: (withheld, proven) => note(`held ${withheld.join(', ')}, ${proven}`),
    startSuccessor: (version) => note(version === 'next' ? 'started the next version' : 'started'),
    wipe: () => void log.push('wiped'),
    send: async (what) => {
      await note(`sent ${what}`)
      return 'ok'
    },
    sendAgain: async () => {
      await note('sent')
      return 'ok'
    },
    othersSettled: async () => 'settled',
    ready: async () => 'ready',
    redelivered: async () => true,
    finished: async () => 'it has nothing left to do',
    outlast: async () => ({ waitMs: 5 }),
    misses: () => undefined,
    failures: {
      times: 2, prepare: (more) => void log.push(more ? 'armed again' : 'armed no more'),
      adopt: () => void log.push('adopted'),
    },
    settled: async () => {
      await note('awaited')
      return 'settled'
    },
    ...change,
  }
}
