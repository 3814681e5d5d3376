/** An operation of a living incarnation, as the observer of its taps knows it. */
import type { NamedOperation } from '../model/point.ts'
import type { TapConnection } from '../tap/connection.ts'
import type { Unit } from '../model/wire.ts'

export interface LiveOperation extends NamedOperation {
  /** Unique in the run. */
  readonly id: string
  readonly key: string
  readonly reads: boolean
  readonly oneWay: boolean
  readonly handshake: boolean
  readonly cause: 'token' | 'order' | 'background' | 'start' | 'unattributed'
  readonly connection: TapConnection
  /** The unit that starts it. */
  readonly unit: Unit
}
