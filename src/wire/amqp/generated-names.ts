/**
 * Names without what is new on every run: a point must have the same name in every incarnation.
 *
 * Server-named queues, UUIDs, long hexadecimal ids become `*`. Not clever on purpose: a name that is stable and looks
 * generated only loses distinction, and occurrences still tell operations apart.
 */
const GENERATED =
  /amq\.(?:gen|ctag)-[\w-]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}/gi

/** For queues, exchanges and consumer tags. */
export function stableName(name: string): string {
  return name.replace(GENERATED, '*')
}

/** For routing keys, which may carry the number of an order: words with a run of three digits become `*` too. */
export function stableRoutingKey(key: string): string {
  return stableName(key).split('.').map((word) => (/\d{3}/.test(word) ? '*' : word)).join('.')
}
