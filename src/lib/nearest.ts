/**
 * The known name that somebody most likely meant, for messages about unknown ones.
 *
 * Distance is optimal string alignment (an insertion, a deletion, a substitution or a swap of neighbours counts one),
 * letter case aside. Far names are not offered: a wrong guess is worse than none.
 */

/** The nearest of `known`, or undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  return nearestNames(name, known, 1)[0]
}

/** Near names, nearest first. */
export function nearestNames(name: string, known: readonly string[], limit: number): string[] {
  const wanted = name.toLowerCase()
  return [...new Set(known)]
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= farthest(name, candidate))
    // A name that only begins like it counts as near; one of its length that differs by a letter is nearer.
    .sort((a, b) => a.distance - b.distance || gap(name, a.candidate) - gap(name, b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** `; did you mean 'x'?`, or else the known names: the second half of a sentence about an unknown name. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  if (near !== undefined) return `; did you mean '${near}'?`
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`
}

function gap(a: string, b: string): number {
  return Math.abs(a.length - b.length)
}

/** Two in five letters may differ, and one always may. */
function farthest(a: string, b: string): number {
  return Math.max(1, Math.floor(Math.max(a.length, b.length) * 0.4))
}

function distanceTo(a: string, b: string): number {
  if (a === b) return 0
  if (a.length >= 3 && (b.startsWith(a) || a.startsWith(b)) && b.length >= 3) return 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
