/**
 * Every exception to the rules, with its reason. An entry that nothing needs any more fails like a violation.
 */
import type { Violation } from './project.ts'

interface Allowed {
  readonly rule: string
  /** A file, or a folder ending in a slash. */
  readonly path: string
  /** Part of the violation's text; without it the rule is lifted for the whole path. */
  readonly text?: string
  readonly reason: string
}

const allowed: readonly Allowed[] = [
  { rule: 'time', path: 'src/lib/clock.ts', reason: 'the one file that knows what time it is' },
  { rule: 'exit', path: 'src/cli/', reason: 'the exit code is the verdict, and a finished run must not be kept alive' },
  { rule: 'exit', path: 'src/lib/watchdog.ts', reason: 'a program of its own' },
  { rule: 'broker', path: 'src/cli/bench.ts', reason: 'measures the consumers of each broker, by their names' },
  { rule: 'exit', path: 'src/subject/handler/host.ts', reason: 'a program of its own: a handler may hold it open' },
  { rule: 'rank', path: 'src/plan/points.test.ts', reason: 'points are tested for the faults that there are' },
  { rule: 'rank', path: 'src/plan/schedule.test.ts', reason: 'schedules are tested for the faults that there are' },
  { rule: 'protocol', path: 'src/run/effects.ts', reason: 'kinds of effects are words of the suite (model/suite.ts)' },
  { rule: 'protocol', path: 'src/run/controls.ts', reason: 'kinds of effects are words of the suite (model/suite.ts)' },
  { rule: 'unused', path: 'src/broker/lineq.ts', reason: 'the fifth broker, which a test registers and nobody else' },
  { rule: 'unused', path: 'src/stack/lineq.ts', reason: 'the fifth broker, which a test registers and nobody else' },
  { rule: 'broker', path: 'src/index.ts', reason: 'helpers that spare an author the kind; a suite does without' },
  { rule: 'broker', path: 'src/suite/phrases.ts', reason: 'an example needs some broker' },
  { rule: 'broker', path: 'src/subject/handler/', reason: 'a loop is that of one client library, which has a name' },
  {
    rule: 'protocol', path: 'src/report/terminal-picture.ts', text: 'svg xmlns',
    reason: 'the name of a namespace, which no broker changes',
  },
]

/** What is left to mend: violations without an entry, and entries without a violation. */
export function unallowed(violations: readonly Violation[]): string[] {
  const used = new Set<Allowed>()
  const left = violations.filter((violation) => {
    const entry = allowed.find((one) => covers(one, violation))
    if (entry !== undefined) used.add(entry)
    return entry === undefined
  })
  const stale = allowed.filter((entry) => !used.has(entry))
    .map(({ rule, path }) => `src/tidy/allowed.ts: nothing needs '${rule}' for ${path} any more; delete the entry`)
  return [...left.map(({ rule, path, line, text }) => `${path}:${line} ${rule}: ${text}`), ...stale]
}

function covers({ rule, path, text }: Allowed, violation: Violation): boolean {
  return rule === violation.rule && (path.endsWith('/') ? violation.path.startsWith(path) : violation.path === path)
    && (text === undefined || violation.text.includes(text))
}
