/**
 * A request's target without what differs between messages: of `/orders/10482?page=2` the number and the 2.
 *
 * Segments that look like an identity become `*`; query keys stay, sorted, without values. A path that says the name
 * of its message in words is beyond it.
 */

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

export function stablePath(target: string): string {
  const [path = '', query] = withoutOrigin(target).split('?', 2)
  const stable = path.split('/').map((segment) => (isIdentity(segment) ? '*' : segment)).join('/')
  if (query === undefined || query === '') return stable
  const keys = new Set(query.split('&').map((pair) => pair.split('=', 1)[0] ?? ''))
  return `${stable}?${[...keys].map((key) => (isIdentity(key) ? '*' : key)).toSorted().join('&')}`
}

/** A request to a proxy has the whole URL as its target. */
export function withoutOrigin(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '')
}

function isIdentity(word: string): boolean {
  if (/^\d+$/.test(word) || /\d{3}/.test(word) || UUID.test(word)) return true
  return /^[0-9a-f]{8,}$/i.test(word) && /\d/.test(word)
}
