/** An operation of a living incarnation, as the observer of its taps knows it. */
import type { NamedOperation } from '../model/point.ts'
import type { TapConnection } from '../tap/connection.ts'
import type { OperationStart, Unit } from '../model/wire.ts'

export interface LiveOperation extends NamedOperation {
  /** Unique in the run. */
  readonly id: string
  readonly incarnation: string
  readonly key: string
  readonly reads: boolean
  readonly oneWay: boolean
  readonly handshake: boolean
  readonly cause: 'token' | 'order' | 'background' | 'start' | 'unattributed'
  readonly connection: TapConnection
  readonly start: OperationStart
  /** Its request so far, unit by unit. */
  readonly units: Unit[]
  /** The message that it belongs to, where anything tells. */
  readonly message: string | undefined
  /** It settles a delivery of that message. */
  readonly settles?: true
}
