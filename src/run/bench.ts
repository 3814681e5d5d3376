/**
 * The benchmark: what a kill costs, beside the floor that no kill can be cheaper than, measured in one run.
 *
 * Every round goes through all subjects and all modes one after another, each with a floor of its own right before it,
 * so that a change of the machine's mood meets all of them; what is told are medians over rounds. A benchmark is no
 * test: nothing fails because it is slow. The steps it times are those of a campaign, carried out by the same code.
 */
import { join } from 'node:path'
import { kill } from '../faults/kill.ts'
import { assert } from '../lib/assert.ts'
import { nowMs } from '../lib/clock.ts'
import type { Suite } from '../model/suite.ts'
import { pointsFor } from '../plan/points.ts'
import { openJournal } from '../store/journal.ts'
import { loadSuite } from '../suite/load.ts'
import { prepareSubject, renderSetupEnvironment } from '../suite/subject-environment.ts'
import { runBaseline } from './baseline.ts'
import { runBlock, type BlockResult, type KillMode, type KillPlan } from './bench-block.ts'
import { timeBareStarts, type BareStart, type BareTimes } from './bench-floor.ts'
import { phaseNames } from './bench-phases.ts'
import { summarise, type Summary } from './bench-summary.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { openHarness, type Harness } from './harness.ts'
import { Recorder } from './recorder.ts'
import { inContext, recordStart } from './suite-context.ts'

export interface BenchSubject {
  /** Suite file. */
  readonly suite: string
  /** What the interpreter gets, after its own name, to load the subject's modules and end. */
  readonly bare: readonly string[]
}

export interface BenchOptions {
  readonly subjects: readonly BenchSubject[]
  readonly rounds: number
  /** Counted kills of one mode in one round. */
  readonly kills: number
  /** Run folder, which is there. */
  readonly out: string
  readonly seed: string
  readonly cores: number
  readonly signal: AbortSignal
  say(text: string): void
}

/** One mode; times are milliseconds, processor times seconds per kill. */
export interface ModeResult {
  readonly mode: string
  readonly startsPerKill: number
  readonly wallPerKill: Summary
  /** Of each block to the floor that was measured right before it: what the machine does beside us meets both. */
  readonly toFloor: Summary
  readonly cpuPerKill: { readonly subjects: number; readonly harness: number; readonly servers: number }
  /** Medians over all kills; `victim ready` comes before the step. */
  readonly phases: Readonly<Record<string, number>>
}

export interface SubjectResult {
  readonly subject: string
  readonly command: readonly string[]
  readonly interpreter: string
  /** One start at a time; one per core at a time. */
  readonly bareAlone: Summary
  readonly bareAllCores: Summary
  /** Processor seconds of a bare start, one per core at a time. */
  readonly bareCpu: number
  readonly coldStart: Summary
  readonly points: readonly string[]
  readonly modes: readonly ModeResult[]
}

export interface BenchResult {
  readonly versions: Readonly<Record<string, string>>
  readonly subjects: readonly SubjectResult[]
}

const SETTLE_LIMIT_MS = 30_000

/** Errors: SubjectError for a subject that does not do its work, EnvironmentError for a stack that does not start. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const suites: Suite[] = []
  for (const { suite } of options.subjects) suites.push(await loadSuite(suite))
  await using harness = await openHarness(options.out, suites, (text) => options.say(text), options.signal)
  const lanes: SubjectLane[] = []
  const { versions } = harness.stack
  await openLanes({ harness, suites, options, lanes }, async () => {
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const lane of lanes) {
        options.signal.throwIfAborted()
        await lane.round()
        options.say(`round ${round} of ${options.rounds}: ${lane.suite.name}`)
      }
    }
  })
  return { versions, subjects: lanes.map((lane) => lane.result()) }
}

interface Opening {
  readonly harness: Harness
  readonly suites: readonly Suite[]
  readonly options: BenchOptions
  readonly lanes: SubjectLane[]
}

/** Contexts lie inside each other, so that all subjects are there at once. */
async function openLanes(opening: Opening, work: () => Promise<void>): Promise<void> {
  const { harness, suites, options, lanes } = opening
  const index = lanes.length
  const suite = suites[index]
  const wanted = options.subjects[index]
  if (suite === undefined || wanted === undefined) return work()
  const subject = await prepareSubject(suite, process.env)
  using journal = openJournal(join(options.out, `history-${index + 1}.ndjson`))
  const recorder = new Recorder(journal)
  recordStart(recorder, harness, { seed: options.seed, command: 'bench' })
  const { signal, seed } = options
  await inContext(harness, suite, { recorder, subject, seed, index, signal }, async (context) => {
    await using cells = new AsyncDisposableStack()
    const open = async (name: string, spares: boolean): Promise<Cell> =>
      cells.use(await Cell.open(context, `${context.cellPrefix}${name}`, spares))
    const baseline = await runBaseline(context, await open('base', false), true)
    const order = baseline.orders.get('cold')
    assert(order !== undefined, 'every baseline knows the cold order')
    // What the subject itself gets, but for addresses, which only an incarnation has.
    const env = renderSetupEnvironment(suite, subject, harness.partTemplates)
    const bare = { command: [subject.command[0], ...wanted.bare], cwd: suite.subject.cwd, env }
    // Only where the message comes again: what is killed after its settlement has no way back to time.
    const settling = order.operations.filter((op) => context.leaseLinks.has(op.link)).map((op) => op.key)
    const points = pointsFor(kill.at, order, context.leaseLinks, 'cold')
      .filter((point) => !point.done.some((key) => settling.includes(key)))
    const [plain, first] = [await open('plain', false), await open('one', true)]
    const cellsOf = { plain, first, second: await open('two', true) }
    const material = { cells: cellsOf, plan: { points, known: baseline.known } }
    const { version, path } = subject.interpreter
    const about = { suite, command: subject.command, interpreter: `${path} ${version ?? ''}`.trim(), bare }
    lanes.push(new SubjectLane(context, options, about, material))
    await openLanes(opening, work)
  })
}

interface About {
  readonly suite: Suite
  readonly command: readonly string[]
  readonly interpreter: string
  readonly bare: BareStart
}

interface Material {
  readonly cells: { readonly plain: Cell; readonly first: Cell; readonly second: Cell }
  readonly plan: KillPlan
}

interface PairedBlock extends BlockResult {
  /** Measured right before. */
  readonly floorMs: number
}

class SubjectLane {
  readonly suite: Suite
  readonly #context: CampaignContext
  readonly #options: BenchOptions
  readonly #about: About
  readonly #material: Material
  readonly #modes: readonly KillMode[]
  readonly #blocks = new Map<string, PairedBlock[]>()
  readonly #alone: BareTimes[] = []
  readonly #allCores: BareTimes[] = []
  readonly #cold: number[] = []
  #coldStarts = 0

  constructor(context: CampaignContext, options: BenchOptions, about: About, material: Material) {
    this.suite = about.suite
    this.#context = context
    this.#options = options
    this.#about = about
    this.#material = material
    const { plain, first, second } = material.cells
    this.#modes = [
      { name: 'chain, one cell, no spares', victims: 'chain', cells: [plain] },
      { name: 'chain, one cell, spares', victims: 'chain', cells: [first] },
      { name: 'chain, two cells, spares', victims: 'chain', cells: [first, second] },
      { name: 'cold, one cell, spares', victims: 'fresh', cells: [first] },
      { name: 'cold, two cells, spares', victims: 'fresh', cells: [first, second] },
    ]
  }

  async round(): Promise<void> {
    const { kills, cores, signal } = this.#options
    this.#alone.push(await timeBareStarts(this.#about.bare, 1, kills))
    for (let i = 0; i < 3; i += 1) this.#cold.push(await this.#coldStart())
    for (const mode of this.#modes) {
      signal.throwIfAborted()
      const blocks = this.#blocks.get(mode.name) ?? []
      this.#blocks.set(mode.name, blocks)
      const floor = await timeBareStarts(this.#about.bare, cores, kills)
      this.#allCores.push(floor)
      blocks.push({ floorMs: floor.wallMs, ...await runBlock(this.#context, mode, this.#material.plan, kills) })
    }
  }

  result(): SubjectResult {
    const { suite, command, interpreter } = this.#about
    return {
      subject: suite.name, command, interpreter, coldStart: summarise(this.#cold),
      bareAlone: summarise(this.#alone.map((one) => one.wallMs)),
      bareAllCores: summarise(this.#allCores.map((one) => one.wallMs)),
      bareCpu: summarise(this.#allCores.map((one) => one.cpuS)).median,
      points: this.#material.plan.points.map((point) => point.name),
      modes: this.#modes.map(({ name }) => modeResult(name, this.#blocks.get(name) ?? [])),
    }
  }

  /** From the order to start, with the message in its queue, to the settlement of that message. */
  async #coldStart(): Promise<number> {
    const cell = this.#material.cells.plain
    const { recorder } = this.#context
    await cell.retire()
    this.#coldStarts += 1
    cell.beginStep(`bench-start-${this.#coldStarts}`)
    const message = this.#context.nextMessage()
    await cell.send(message, 1)
    const began = nowMs()
    await cell.succeed(false)
    const settled = await cell.until(() => cell.ledger.settlements(message.id) > 0, SETTLE_LIMIT_MS)
    assert(settled, 'a subject that passed its baseline settles a message')
    const event = recorder.events.findLast((one) => one.type === 'settled' && one.message === message.id)
    cell.endStep()
    return recorder.beganMs + (event?.atMs ?? 0) - began
  }
}

function modeResult(mode: string, blocks: readonly PairedBlock[]): ModeResult {
  const kills = sum(blocks.map((block) => block.kills))
  const times = blocks.flatMap((block) => block.times)
  const phases = phaseNames.map((name): [string, number] =>
    [name, summarise(times.map((one) => one.phases[name] ?? 0)).median])
  return {
    mode, startsPerKill: sum(blocks.map((block) => block.starts)) / kills,
    wallPerKill: summarise(blocks.map((block) => block.wallMs / block.kills)),
    toFloor: summarise(blocks.map((block) => block.wallMs / block.kills / block.floorMs)),
    cpuPerKill: {
      subjects: sum(blocks.map(({ cpu }) => cpu.subjects)) / kills,
      harness: sum(blocks.map(({ cpu }) => cpu.harness)) / kills,
      servers: sum(blocks.map(({ cpu }) => cpu.servers)) / kills,
    },
    phases: Object.fromEntries([['victim ready', summarise(times.map((one) => one.readyMs)).median], ...phases]),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
