/**
 * Which merged points are tried on their own (design section 3, "Which kill points are distinct").
 *
 * `after A` and `before B` are one world for a dead process when nothing lies between them, so only one of the two is
 * swept. That is an inference from a few fault-free traces: a tenth of what was merged, chosen by the seed and five at
 * least, is killed at the merged name as well, with the request of B withheld instead of the reply of A. What the two
 * show is compared by check/merged.ts; nothing is judged here.
 */
import { SeededRandom } from '../lib/random.ts'
import type { Point } from '../model/point.ts'
import type { Planned } from './schedule.ts'

const CHECKS_MIN = 5
const SHARE = 10
const BEFORE = ' before'

/** Extra steps beside the schedule, in an order of the seed's. */
export function planMergeChecks(schedule: readonly Planned[], seed: string): Planned[] {
  const merged = schedule.filter(({ fault, point }) => fault.name === 'kill' && point.context === 'cold')
    .flatMap(({ fault, point }) => point.also.filter((name) => name.endsWith(BEFORE))
      .map((name): Planned => ({ fault, point: mergedPoint(point, name) })))
    .sort((a, b) => (a.point.name < b.point.name ? -1 : 1))
  return new SeededRandom(`${seed} merged`).shuffled(merged)
    .slice(0, Math.max(CHECKS_MIN, Math.ceil(merged.length / SHARE)))
}

/** The same world, reached by the request that must not go on. */
function mergedPoint(world: Point, name: string): Point {
  const operation = name.slice(0, -BEFORE.length)
  return {
    name, also: [], side: 'before', operation, link: operation.slice(0, operation.indexOf(' ')), oneWay: false,
    done: world.done, context: world.context, ...world.lane === undefined ? {} : { lane: world.lane },
  }
}
