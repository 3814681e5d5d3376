/**
 * A history: the events of a run, in order, and the questions that checkers, faults and reports ask of it.
 * It is the only input of a verdict, so that a stored run can be judged again without brokers.
 */
import type { Event, EventBody, EventOf } from './event.ts'

export type History = readonly Event[]

export function eventsOf<T extends EventBody['type']>(events: History, type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type)
}

/** One step as its fault sees it: all events of its cell from its start to its end. */
export interface StepView {
  readonly step: string
  readonly events: History
}

/** Views of all steps, in the order of their starts; one pass over the history. */
export function stepsOf(history: History): StepView[] {
  const steps = new Map<string, Event[]>()
  for (const event of history) {
    if (event.step === undefined) continue
    const events = steps.get(event.step)
    if (events === undefined) steps.set(event.step, [event])
    else events.push(event)
  }
  return [...steps].map(([step, events]) => ({ step, events }))
}

export function stepStart(step: StepView): EventOf<'step-started'> {
  const [start] = eventsOf(step.events, 'step-started')
  if (start === undefined) throw new RangeError(`step ${step.step} has no start`)
  return start
}
