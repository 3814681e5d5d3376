/**
 * `--exhaustive`: kills at every boundary of raw frames, recorded below the decoders, to check that the named points
 * leave nothing out.
 *
 * Three fault-free recordings say which boundaries there are; each gets one kill of a cold subject. The steps are
 * compared with those of the sweep once everything has settled (check/exhaustive.ts); they are no points of the
 * campaign, and what only they find is a doubt that blocks, since nothing that was planned can be confirmed by it.
 */
import { observeFor } from '../lib/clock.ts'
import { inLane } from '../model/point.ts'
import type { RecordedFrame } from '../plan/raw-boundaries.ts'
import { boundaryName, commonBoundaries, type Boundary } from '../plan/raw-boundaries.ts'
import type { CampaignContext } from './campaign-context.ts'
import { Cell } from './cell.ts'
import { runRawStep, type RawStepResult } from './raw-step.ts'

const RECORDINGS = 3

export interface ExhaustiveOptions {
  /** Cells that it opens are added here; they stay alive. */
  readonly cells: Cell[]
  progress(done: number, planned: number, text: string): void
  /** No step begins after this holds. */
  isOver(): boolean
}

export async function runExhaustive(context: CampaignContext, options: ExhaustiveOptions): Promise<void> {
  context.rawFrames = true
  try {
    await new ExhaustiveRun(context, options).run()
  } finally {
    context.rawFrames = false
  }
}

class ExhaustiveRun {
  readonly #context: CampaignContext
  readonly #options: ExhaustiveOptions
  #cell: Cell | undefined
  #opened = 0

  constructor(context: CampaignContext, options: ExhaustiveOptions) {
    this.#context = context
    this.#options = options
  }

  async run(): Promise<void> {
    const { lanes } = this.#context
    const boundaries: Boundary[] = []
    for (const lane of lanes.size > 1 ? lanes : [undefined]) boundaries.push(...await this.#boundaries(lane))
    for (const [i, boundary] of boundaries.entries()) {
      if (this.#options.isOver()) break
      await this.#kill(boundary, `exhaustive-${i + 1}`)
      this.#options.progress(i + 1, boundaries.length, `kill at ${boundaryName(boundary)}`)
    }
    await this.#leave()
  }

  async #boundaries(lane: string | undefined): Promise<Boundary[]> {
    const { boundaries, differences } = commonBoundaries(await this.#recordings(lane))
    for (const sentence of differences) {
      this.#context.doubt('raw-frames-differ', `fault-free recordings do not agree: ${sentence}`, false)
    }
    return lane === undefined ? [...boundaries] : boundaries.map((boundary) => ({ ...boundary, lane }))
  }

  async #recordings(lane: string | undefined): Promise<(readonly RecordedFrame[])[]> {
    const recordings: (readonly RecordedFrame[])[] = []
    for (let i = 1; i <= RECORDINGS; i += 1) {
      const id = inLane(`exhaustive-recording-${i}`, lane)
      const { frames } = await this.#step(id, lane === undefined ? {} : { lane })
      // What follows the settlement belongs to the message too.
      await observeFor(this.#context.tailMs)
      recordings.push([...frames])
    }
    return recordings
  }

  /** Once more in a clean cell without spares where it did not come about. */
  async #kill(boundary: Boundary, id: string): Promise<void> {
    const { end } = await this.#step(id, { boundary })
    if (end !== 'not-exercised') return
    await this.#leave()
    await this.#step(`${id}-again`, { boundary }, false)
    await this.#leave()
  }

  /** A cell with a message that is not complete is set aside, so that the next step begins clean. */
  async #step(id: string, what: Parameters<typeof runRawStep>[3], spares = true): Promise<RawStepResult> {
    this.#cell ??= await this.#open(spares)
    const result = await runRawStep(this.#context, this.#cell, id, what)
    if (result.end !== 'settled' || !result.complete) await this.#leave()
    return result
  }

  async #open(spares: boolean): Promise<Cell> {
    this.#opened += 1
    const cell = await Cell.open(this.#context, `${this.#context.cellPrefix}x${this.#opened}`, spares)
    this.#options.cells.push(cell)
    return cell
  }

  async #leave(): Promise<void> {
    await this.#cell?.dropSpare()
    this.#cell = undefined
  }
}
