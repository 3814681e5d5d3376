/**
 * What of a recorded value reaches a file (design section 6, rule 9).
 *
 *   full     as it was
 *   masked   each value replaced by a keyed hash; equal values stay equal, so a stored run is judged the same
 *   digest   as masked, and what no checker reads (statement values, output) shrinks to one hash per record
 *
 * The key is made for one process and never written: nobody can try out values against a stored file. Names of
 * messages, points and columns are the harness's own or the suite's and stay readable. Authentication never gets here:
 * taps do not report it.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Content } from '../model/effect.ts'
import type { Event } from '../model/event.ts'

export type MaskMode = 'full' | 'masked' | 'digest'

export interface Mask {
  readonly mode: MaskMode
  event(event: Event): Event
  /** What the subject has said, for a sentence about it: sentences end up in reports as they are. */
  quote(output: string): string
}

const HASH_CHARS = 12
const runKey = randomBytes(32)

/** Masked in CI, where files end up as artifacts that many can read. */
export function defaultMaskMode(env: NodeJS.ProcessEnv): MaskMode {
  const { CI: ci } = env
  return ci === undefined || ci === '' || ci === 'false' || ci === '0' ? 'full' : 'masked'
}

export function createMask(mode: MaskMode, key: Uint8Array = runKey): Mask {
  if (mode === 'full') return { mode, event: (event) => event, quote: (output) => output }
  // Nothing stays nothing: an effect without an identity must be seen to have none.
  const hash = (text: string): string => (text === '' ? ''
    : `#${createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_CHARS)}`)
  return {
    mode,
    event: (event) => maskEvent(event, hash, mode === 'digest'),
    quote: (output) => (output === '' ? '' : `${maskOutput(output, hash)} (${mode})`),
  }
}

type Hash = (text: string) => string

function maskEvent(event: Event, hash: Hash, brief: boolean): Event {
  if (event.type === 'operation-started' && event.values !== undefined) {
    return { ...event, values: brief ? [hash(JSON.stringify(event.values))] : event.values.map(hash) }
  }
  if (event.type === 'effect-observed') {
    const { shared } = event
    return {
      ...event, identity: hash(event.identity), content: maskContent(event.content, hash),
      // Sums are made of the harness's own amounts, and a verdict needs them.
      ...shared === undefined ? {} : { shared: { ...shared, key: hash(shared.key) } },
    }
  }
  if (event.type === 'sent' && event.key !== undefined) return { ...event, key: hash(event.key) }
  if (event.type === 'output') return { ...event, text: brief ? hash(event.text) : maskOutput(event.text, hash) }
  return event
}

function maskContent(content: Content, hash: Hash): Content {
  return Object.fromEntries(Object.entries(content).map(([column, value]): [string, string | null] =>
    [column, value === null ? null : hash(value)]))
}

/** Line by line: a line that comes twice can still be seen to come twice. */
function maskOutput(text: string, hash: Hash): string {
  return text.split('\n').map((line) => (line === '' ? '' : hash(line))).join('\n')
}
