/**
 * A message of the workload: what the producer sends, and the tokens that tie what happens later back to it.
 */
export interface Message {
  /** The producer's id, unique in a run. */
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Text values that occur in no other message of the run: the id and every varied value, longest first. */
  readonly tokens: readonly string[]
  /** Values that vary but are not unique (an amount), by pointer: contents are compared with them named. */
  readonly fields: Readonly<Record<string, string>>
  /** Value of the workload's key: messages that share it go one after another, on one lane. */
  readonly key?: string
  /** Name of the source that it is sent to, where the workload has several lanes; else the first source. */
  readonly lane?: string
}
