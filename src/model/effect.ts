/**
 * An effect: one committed outcome with an identity, read back by a way that the subject can't touch.
 */

/** Columns or fields by name, as text; null is SQL's. */
export type Content = Readonly<Record<string, string | null>>

/** How often an effect must be there for each message. */
export type Expectation = 'once' | 'at-least-once' | 'at-most-once'
