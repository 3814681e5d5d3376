/** How long a campaign took to its first finding: when the last event of the earliest whole witness was seen. */
import type { Finding } from '../model/verdict.ts'
import { readJournal } from '../store/journal.ts'

/** Seconds since the suite's run began; undefined without a finding. */
export function firstFindingSeconds(history: string, findings: readonly Finding[]): number | undefined {
  if (findings.length === 0) return undefined
  const at = new Map(readJournal(history).map((event) => [event.seq, event.atMs]))
  const seen = findings.map(({ witness }) => at.get(Math.max(...witness)) ?? Number.POSITIVE_INFINITY)
  return Math.min(...seen) / 1000
}
