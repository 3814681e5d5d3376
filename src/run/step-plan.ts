/** What one step is to be: its context, and the faults that are tied to its message. Fixed before it begins. */
import type { Phase } from '../model/event.ts'
import type { Fault } from '../model/fault.ts'
import type { Context, Point } from '../model/point.ts'

export interface PlannedFault {
  readonly fault: Fault
  readonly point: Point
  /** Keys of all operations that any context is known to have. */
  readonly known: ReadonlySet<string>
  /** Keys of those that every message of the point's context has; all known ones, where nobody tells. */
  readonly stable?: ReadonlySet<string>
}

export interface StepPlan {
  readonly id: string
  readonly phase: Phase
  readonly context: Context
  readonly faults: readonly PlannedFault[]
  readonly confirms?: string
  /** Operations that it brings up become points; yes by default. */
  readonly explores?: false
  /** Where its message is sent, where no point says it; else on whose turn it is. */
  readonly lane?: string
  /** It is the only step of its cell with a fault: what can't be tied to a message can be nobody else's. */
  readonly alone?: true
}

/** The lane that a step is about. */
export function laneOf({ faults, lane }: Pick<StepPlan, 'faults' | 'lane'>): string | undefined {
  return faults.find(({ point }) => point.lane !== undefined)?.point.lane ?? lane
}
