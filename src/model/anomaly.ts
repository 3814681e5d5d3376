/**
 * A named violation of a message's contract, as a value, with the smallest set of events that proves it.
 */
export const anomalyKinds = [
  'duplicate', 'lost', 'diverged', 'torn', 'phantom', 'stale', 'stuck', 'poison-loop', 'dead-lettered-and-applied',
  'wrongly-dead-lettered',
] as const
export type AnomalyKind = (typeof anomalyKinds)[number]

export interface Anomaly {
  readonly kind: AnomalyKind
  readonly effect: string
  /** The producer's id of the message; undefined for an effect of a message that was never sent. */
  readonly message: string | undefined
  readonly identity: string | undefined
  /** The step whose fault it followed. */
  readonly step: string | undefined
  /** One sentence of facts. */
  readonly detail: string
  /** `seq` of the events that prove it. */
  readonly witness: readonly number[]
}

export const observationKinds = [
  'early-ack', 'slow-recovery', 'repeated-delivery', 'repeated-call', 'limit', 'order-not-judged',
] as const
export type ObservationKind = (typeof observationKinds)[number]

/** Something worth printing that never changes a verdict. */
export interface Observation {
  readonly kind: ObservationKind
  readonly detail: string
  readonly count: number
}

/** A reason why a green would not mean much; a blocking one makes it inconclusive. */
export interface Doubt {
  readonly code: string
  readonly detail: string
  readonly blocking: boolean
}
