/**
 * An effect: one committed outcome with an identity, read back by a way that the subject can't touch.
 */

/** Columns or fields by name, as text; null is SQL's. */
export type Content = Readonly<Record<string, string | null>>

/**
 * What several messages of one key have in common: `sum`, a column that holds the sum of their amounts; `last`, one
 * that holds a value of the message that wrote last.
 */
export type SharedHow = 'sum' | 'last'

/** A row of such an effect, by what it says of the messages; never masked but for its key. */
export interface SharedReading {
  readonly key: string
  /** Left out where the column holds no number. */
  readonly sum?: number
  /** The message whose value the column holds. */
  readonly holds?: string
  /** Told with one message: how often it seemed to be in the sum. */
  readonly counted?: number
}

/** How often an effect must be there for each message. */
export type Expectation = 'once' | 'at-least-once' | 'at-most-once'
