/**
 * Which part of the zoo CI runs: one pair for every family of mechanisms, one right consumer, and then as many others
 * as its time allows, in an order that rotates by commit.
 *
 * A pair is of a family when its expectation names one of the family's faults. The rarest family chooses first, so that
 * a pair that is alone in one is not taken for another.
 */
export interface ZooFolder {
  readonly name: string
  /** Faults that its expectation names; none of a right one. */
  readonly faults: readonly string[]
}

export interface Slice {
  /** Run in any case. */
  readonly first: readonly ZooFolder[]
  /** In the order in which they are begun, while there is time. */
  readonly rest: readonly ZooFolder[]
  /** No folder shows them. */
  readonly missing: readonly string[]
}

export const families: Readonly<Record<string, readonly string[]>> = {
  crash: ['kill'],
  network: ['cut'],
  redelivery: ['duplicate', 'replay', 'late', 'twins', 'poison'],
  'two live ones': ['race', 'race-twice', 'zombie', 'self-race', 'rebalance', 'scale', 'deploy'],
  errors: ['error'],
  'crash shapes': ['kill-child', 'kill-wipe', 'fail-n', 'stop', 'orphan', 'overtake'],
}

const RIGHT = 'a right one'

/** `turn` is any number that changes from commit to commit. */
export function sliceOf(folders: readonly ZooFolder[], turn: number): Slice {
  const wanted = [
    ...Object.entries(families).map(([family, faults]) => ({
      family, members: folders.filter((folder) => faults.some((fault) => shows(folder, fault))),
    })),
    { family: RIGHT, members: folders.filter((folder) => folder.faults.length === 0) },
  ].toSorted((a, b) => a.members.length - b.members.length)
  const first = new Set<ZooFolder>()
  for (const { members } of wanted) {
    const chosen = rotated(members, turn).find((folder) => !first.has(folder)) ?? members[0]
    if (chosen !== undefined) first.add(chosen)
  }
  return {
    first: [...first], rest: rotated(folders, turn).filter((folder) => !first.has(folder)),
    missing: wanted.filter(({ members }) => members.length === 0).map(({ family }) => family),
  }
}

function rotated(folders: readonly ZooFolder[], turn: number): readonly ZooFolder[] {
  const from = turn % Math.max(1, folders.length)
  return [...folders.slice(from), ...folders.slice(0, from)]
}

function shows({ faults }: ZooFolder, fault: string): boolean {
  return faults.some((one) => one.split(' ')[0] === fault)
}
