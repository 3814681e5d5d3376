/**
 * How topics are called in names of operations, lanes and deliveries.
 *
 * Topics that are made for a cell are called `onceproof.CELL.NAME`, and the cell has no dot in it; a point must have
 * the same name in every cell, so what is said of such a topic is NAME. Any other topic keeps its name.
 */
const OF_A_CELL = /^onceproof\.[^.]+\.(.+)$/

export function topicLabel(topic: string): string {
  return OF_A_CELL.exec(topic)?.[1] ?? topic
}

/** Several topics in one name, whatever their order. */
export function topicLabels(topics: readonly string[]): string {
  return [...new Set(topics.map(topicLabel))].toSorted().join(',')
}

export function laneOf(topic: string, partition: number): string {
  return `${topicLabel(topic)}/${partition}`
}
