/**
 * Seeded random numbers (mulberry32): same seed, same schedule. The only source of chance in the harness.
 */
export class SeededRandom {
  #state: number

  constructor(seed: string) {
    this.#state = hashSeed(seed)
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** In [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** The same things in another order (Fisher and Yates). */
  shuffled<T>(things: readonly T[]): T[] {
    const rest = [...things]
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const [chosen] = rest.splice(this.below(i + 1), 1, ...rest.slice(i, i + 1))
      if (chosen !== undefined) rest[i] = chosen
    }
    return rest
  }
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashSeed(seed: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < seed.length; i += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}
