/**
 * A part: a broker, database or tool that a stack is made of, as found on this machine. Parts are looked for by
 * `parts/` and started by `stack/`, which must not know each other; this is what they share.
 */
export interface PartState {
  /** `postgres`, `rabbitmq`, `kafka`, `sqs`, `elasticmq`, `toxiproxy`, `python-packages`; and what the zoo runs. */
  readonly name: string
  /** Empty when it is missing, or when only asking the server would tell. */
  readonly version: string
  /** `cache`: installed by setup; `given`: named by the person, as path or URL. */
  readonly source: 'cache' | 'system' | 'given' | 'missing'
  /** Nothing needs it: it is not missed. */
  readonly optional?: true
  /** What stack/NAME.ts expects: a folder of binaries, a home, a binary. */
  readonly path?: string
  /** In place of a path: a server that runs already. Holds a password, so it is never printed. */
  readonly url?: string
  /** Address of the server's management, where a URL was given and the server has one. */
  readonly managementUrl?: string
  /** One sentence for a person. */
  readonly state: string
  /** What to type where it is missing. */
  readonly fix?: string
}
