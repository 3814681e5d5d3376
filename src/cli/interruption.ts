/**
 * Ctrl-C, SIGTERM and a closed terminal: the first asks everything to stop and be cleaned up, the second leaves at
 * once, and so does the first when the cleaning takes too long. Even then nothing stays: the watchdog ends what is
 * left (lib/watchdog.ts).
 */
import { after } from '../lib/clock.ts'
import { InterruptedError } from '../lib/errors.ts'
import { exitCodes } from '../model/verdict.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The watchdog needs its share of the five seconds after which nothing may be left. */
const CLEANING_MS = 3_000

export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

export function interruption(from: NodeJS.Process): Interruption {
  const controller = new AbortController()
  let callOff: () => void = () => undefined
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) from.exit(exitCodes.interrupted)
    from.stderr.write('\nstopping and cleaning up; once more to leave at once\n')
    callOff = after(CLEANING_MS, () => from.exit(exitCodes.interrupted))
    controller.abort(new InterruptedError(`${name} was received`))
  }
  for (const name of signals) from.on(name, onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      callOff()
      for (const name of signals) from.off(name, onSignal)
    },
  }
}
