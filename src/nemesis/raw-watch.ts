/**
 * Counts the raw frames of one incarnation from the delivery of a message on, and at one boundary withholds everything
 * from there on, on every link and in both directions.
 *
 * It knows frames by number only. When the delivery is complete it is told by the one who decodes; the frame that
 * completed it is asked about after that, and is number 0 of its stream. Frames that a timer sends are not counted.
 */
import { boundaryName, type Boundary, type RecordedFrame } from '../plan/raw-boundaries.ts'
import type { Decision } from '../tap/connection.ts'
import type { RawDirection } from '../model/wire.ts'
import type { RawFrame } from '../wire/raw-frames.ts'

export class RawWatch {
  readonly message: string
  /** Resolves when the boundary is reached; never without one. */
  readonly reached: Promise<void>
  readonly #boundary: Boundary | undefined
  readonly #frames: RecordedFrame[] = []
  readonly #counts = new Map<string, number>()
  /** Requests that have gone upstream and were not answered, by operation. */
  readonly #open = new Set<string>()
  /** Operations that the frame to be decided next belongs to, as far as a decoder tells. */
  readonly #asking = new Set<string>()
  #isCounting = false
  #isFrozen = false
  #announce: () => void = () => undefined

  /** Without a boundary it only records. */
  constructor(message: string, boundary: Boundary | undefined) {
    this.message = message
    this.#boundary = boundary
    this.reached = new Promise((resolve) => {
      this.#announce = resolve
    })
  }

  get frames(): readonly RecordedFrame[] {
    return this.#frames
  }

  /**
   * What the servers still work on: they finish it whatever becomes of the subject. A request of which a frame is
   * withheld is none of it, for it is never answered.
   */
  get hasOpenRequests(): boolean {
    return this.#open.size > 0
  }

  delivered(message: string | undefined): void {
    if (message === this.message) this.#isCounting = true
  }

  /** A request frame that is decided next belongs to this operation. */
  asked(operation: string): void {
    this.#asking.add(operation)
  }

  sent(operation: string): void {
    this.#open.add(operation)
  }

  answered(operation: string): void {
    this.#open.delete(operation)
  }

  frame(link: string, direction: RawDirection, frame: RawFrame): Decision {
    const decision = this.#decide(link, direction, frame)
    if (decision === 'hold') for (const operation of this.#asking) this.#open.delete(operation)
    this.#asking.clear()
    return decision
  }

  #decide(link: string, direction: RawDirection, frame: RawFrame): Decision {
    if (this.#isFrozen) return 'hold'
    if (!this.#isCounting || frame.keepsAlive) return 'pass'
    const stream = `${link} ${direction}`
    const at = this.#counts.get(stream) ?? 0
    this.#counts.set(stream, at + 1)
    this.#frames.push({ link, direction, label: frame.label })
    if (this.#isAt({ link, direction, at })) {
      this.#freeze()
      return 'hold'
    }
    // Nothing may come after the last one, so it is not waited for.
    if (this.#boundary?.label === undefined && this.#isAt({ link, direction, at: at + 1 })) this.#freeze()
    return 'pass'
  }

  #isAt(place: Pick<Boundary, 'link' | 'direction' | 'at'>): boolean {
    if (this.#boundary === undefined) return false
    const { link, direction, at } = this.#boundary
    return boundaryName(place) === boundaryName({ link, direction, at })
  }

  #freeze(): void {
    this.#isFrozen = true
    this.#announce()
  }
}
