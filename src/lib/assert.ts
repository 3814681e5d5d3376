/** Claims about our own state. A failed one is a bug of ours and ends the run. */
import { InvariantError } from './errors.ts'

export function assert(claim: unknown, message: string): asserts claim {
  if (!claim) throw new InvariantError(message)
}
