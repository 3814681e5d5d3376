/**
 * What a queue is called in names of points: without the share of the cell that it belongs to, so that equal
 * operations of two cells have equal names. Queues of a cell are called `onceproof-CELL-NAME`, no `-` in CELL.
 */

export function queueLabel(name: string): string {
  return name.replace(/^onceproof-[^-]+-/, '')
}

/** `/queue/us-east-1/000000000000/orders.fifo`, whatever host is before it; a name that is no URL is its own path. */
export function queuePath(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/i, '').replace(/\?.*$/, '')
}

export function queueNameOf(url: string): string {
  return queuePath(url).split('/').findLast((segment) => segment !== '') ?? ''
}
