/**
 * How often each message is in a sum of their amounts.
 *
 * Amounts are distinct powers of two within a key (plan/workload.ts), so a sum says which messages are in it. Two of
 * one amount are four of half of it, though: several readings of one sum can be possible once something is counted
 * twice. The cheapest reading is taken, by what the caller says that each count costs; what no counts add up to has
 * none.
 */

export interface Part {
  readonly amount: number
  /** Most often that is thought of. */
  readonly most: number
  /** How unlikely it is to be in the sum this often. */
  cost(times: number): number
}

export interface Reading {
  readonly cost: number
  /** How often each part is in the sum, in the order of the parts. */
  readonly times: readonly number[]
}

/** The cheapest reading; undefined where nothing adds up to the sum. */
export function countsOf(sum: number, parts: readonly Part[]): Reading | undefined {
  const order = parts.map((part, index) => ({ part, index })).sort((a, b) => a.part.amount - b.part.amount)
  if (order.some(({ part }) => !(part.amount > 0))) return undefined
  const found = new Counting(order.map(({ part }) => part)).from(0, sum)
  if (found === undefined) return undefined
  const times = parts.map(() => 0)
  for (const [place, { index }] of order.entries()) times[index] = found.times[place] ?? 0
  return { cost: found.cost, times }
}

/** From the smallest amount on: it alone decides what is left over for the next larger one. */
class Counting {
  readonly #parts: readonly Part[]
  /** The largest sum that the parts from each place on can give. */
  readonly #reach: readonly number[]
  readonly #known = new Map<string, Reading | undefined>()

  constructor(parts: readonly Part[]) {
    this.#parts = parts
    let reach = 0
    this.#reach = parts.toReversed().map((part) => {
      reach += part.amount * part.most
      return reach
    }).toReversed()
  }

  from(place: number, left: number): Reading | undefined {
    const part = this.#parts[place]
    if (part === undefined) return left === 0 ? { cost: 0, times: [] } : undefined
    if (left < 0 || left > (this.#reach[place] ?? 0) || left % part.amount !== 0) return undefined
    const key = `${place} ${left}`
    if (!this.#known.has(key)) this.#known.set(key, this.#best(part, place, left))
    return this.#known.get(key)
  }

  #best(part: Part, place: number, left: number): Reading | undefined {
    let best: Reading | undefined
    for (let times = 0; times <= part.most && times * part.amount <= left; times += 1) {
      const rest = this.from(place + 1, left - times * part.amount)
      if (rest === undefined) continue
      const cost = rest.cost + part.cost(times)
      if (best === undefined || cost < best.cost) best = { cost, times: [times, ...rest.times] }
    }
    return best
  }
}
