/**
 * Which of RabbitMQ's plugins need which, read from their application files.
 *
 *     {application, 'rabbitmq_management', [ ..., {applications, [kernel,stdlib,rabbit_common,'cowboy']}, ... ]}.
 *
 * Read as text: the one list matters, and application names are plain atoms. Pure.
 */

/** The named applications with everything that they need, of those that are there. */
export function neededPlugins(texts: ReadonlyMap<string, string>, names: readonly string[]): ReadonlySet<string> {
  const needed = new Set<string>()
  const left = [...names]
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const text = texts.get(name)
    if (text === undefined || needed.has(name)) continue
    needed.add(name)
    left.push(...applicationsOf(text))
  }
  return needed
}

export function applicationsOf(text: string): string[] {
  const lists = text.matchAll(/\{\s*(?:applications|included_applications|optional_applications)\s*,\s*\[([^\]]*)\]/g)
  return [...lists].flatMap(([, list = '']) => list.split(',').map((atom) => atom.trim().replaceAll("'", '')))
    .filter((atom) => atom !== '')
}
