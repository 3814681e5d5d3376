/**
 * `baseline`: several fault-free baselines of one suite on one stack, each learned from nothing, and whether they find
 * the same points.
 *
 * A point is a name, and a name that differs from run to run can be neither planned nor replayed. What makes names
 * differ is noise on the wire: pollers, keepalives, comments, counted names, the order of what goes on at once. Nothing
 * is broken and nothing judged here.
 */
import { join } from 'node:path'
import { faultNamed } from '../faults/registry.ts'
import type { Context, Point } from '../model/point.ts'
import type { Progress } from '../model/run.ts'
import { exitCodes } from '../model/verdict.ts'
import { pointsFor, type CausalOrder } from '../plan/points.ts'
import { openJournal } from '../store/journal.ts'
import { loadSuite } from '../suite/load.ts'
import { prepareSubject } from '../suite/subject-environment.ts'
import { runBaseline } from './baseline.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { openHarness } from './harness.ts'
import { Recorder } from './recorder.ts'
import { inContext, recordStart } from './suite-context.ts'

/** What one baseline says of the points. */
export interface BaselineSight {
  /** By context: a dead process's worlds and a live one's crossings, a point with all its names as one text. */
  readonly points: ReadonlyMap<Context, readonly string[]>
  /** By context: operations that came with some of its messages only. */
  readonly unstable: ReadonlyMap<Context, readonly string[]>
  /** `link kind text` of what goes on without any message. */
  readonly background: readonly string[]
}

export interface BaselineCheck {
  readonly suite: string
  readonly times: number
  readonly points: ReadonlyMap<Context, readonly string[]>
  readonly background: readonly string[]
  /** One sentence each; none: all baselines agree. */
  readonly differences: readonly string[]
  readonly exitCode: number
}

export interface BaselineOptions {
  readonly file: string
  readonly times: number
  readonly seed: string
  /** The run folder, which is there. */
  readonly out: string
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly command: string
}

export async function checkBaselines(options: BaselineOptions): Promise<BaselineCheck> {
  const { times, seed, signal, progress } = options
  const suite = await loadSuite(options.file)
  await using harness = await openHarness(options.out, [suite], (text) => progress.line(text), signal)
  const subject = await prepareSubject(suite, process.env)
  using journal = openJournal(join(options.out, 'history.ndjson'))
  const recorder = new Recorder(journal)
  recordStart(recorder, harness, { seed, command: options.command })
  const sights: BaselineSight[] = []
  for (let index = 0; index < times; index += 1) {
    progress.step(index, times, `${suite.name}: baseline`)
    const wish = { recorder, subject, seed: `${seed} ${index}`, index, signal }
    sights.push(await inContext(harness, suite, wish, oneBaseline))
    progress.phase(suite.name, 'baseline', `${index + 1} of ${times}`)
  }
  recorder.record('', undefined, { type: 'run-ended', reason: 'completed' })
  const differences = compareBaselines(sights)
  return {
    suite: suite.name, times, points: sights[0]?.points ?? new Map(),
    background: [...new Set(sights.flatMap((sight) => sight.background))].sort(), differences,
    exitCode: differences.length === 0 ? exitCodes.certified : exitCodes.inconclusive,
  }
}

async function oneBaseline(context: CampaignContext): Promise<BaselineSight> {
  await using cell = await Cell.open(context, `${context.cellPrefix}base`, false)
  const { orders, lanes } = await runBaseline(context, cell, true)
  // A start-up is of every lane alike.
  const others = [...lanes.values()].slice(1)
  const each = <T>(look: (order: CausalOrder, name: Context) => readonly T[]): ReadonlyMap<Context, readonly T[]> =>
    new Map([...orders].map(([name, order]) => [name, [
      ...look(order, name),
      ...name === 'start' ? [] : others.flatMap((own) => {
        const other = own.get(name)
        return other === undefined ? [] : look(other, name)
      }),
    ]]))
  return {
    points: each((order, name) => pointTexts(order, context.leaseLinks, name)),
    unstable: each((order) => order.unstable),
    background: [...context.background].sort(),
  }
}

/** Points of a crash, with what they are merged with, and then those that only a live process passes. */
function pointTexts(order: CausalOrder, lease: ReadonlySet<string>, context: Context): string[] {
  const worlds = pointsFor(faultNamed('kill').at, order, lease, context)
  const named = new Set(worlds.flatMap((point) => [point.name, ...point.also]))
  const crossings = pointsFor(faultNamed('cut').at, order, lease, context)
  return [...worlds, ...crossings.filter((point) => !named.has(point.name))].map(textOf)
}

function textOf({ name, also }: Point): string {
  return [name, ...also.toSorted()].join(' = ')
}

/** What is not the same in all of them, in the order of contexts. */
export function compareBaselines(sights: readonly BaselineSight[]): string[] {
  const contexts = [...new Set(sights.flatMap((sight) => [...sight.points.keys()]))]
  return contexts.flatMap((context) => [
    ...unequal(context, sights),
    ...sights.flatMap((sight, i) => (sight.unstable.get(context) ?? []).map((operation) =>
      `${context}: ${operation} came with some messages only in baseline ${i + 1}`)),
  ])
}

function unequal(context: Context, sights: readonly BaselineSight[]): string[] {
  const seen = new Map<string, number[]>()
  for (const [i, sight] of sights.entries()) {
    for (const point of sight.points.get(context) ?? []) seen.set(point, [...seen.get(point) ?? [], i + 1])
  }
  const some = [...seen].filter(([, where]) => where.length < sights.length)
  return some.map(([point, where]) =>
    `${context}: ${point} is there in ${where.length} of ${sights.length} (${where.join(', ')})`)
}
