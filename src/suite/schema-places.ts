/**
 * What a schema says of a place: which keys and kinds it knows there, and the words that a key brings along.
 *
 * It reads the JSON schema, which is plain data and so easier to walk than the schema itself.
 */
import type { Phrase } from './phrases.ts'

type Path = readonly PropertyKey[]
type Node = Readonly<Record<string, unknown>>

export class SchemaPlaces {
  readonly #root: Node

  constructor(jsonSchema: Node) {
    this.#root = jsonSchema
  }

  /** Known keys at a path, over all branches that may stand there. */
  keysAt(path: Path): string[] {
    return this.#nodesAt(path).flatMap((node) => (isNode(node['properties']) ? Object.keys(node['properties']) : []))
  }

  kindsAt(path: Path): string[] {
    return this.#nodesAt(path).flatMap((node) => {
      const kind = isNode(node['properties']) ? node['properties']['kind'] : undefined
      return isNode(kind) && typeof kind['const'] === 'string' ? [kind['const']] : []
    })
  }

  /** By `title` and the first of `examples`, where the schema has both; `kind` picks among branches. */
  phraseAt(path: Path, kind: unknown): Phrase | undefined {
    return this.#nodesAt(path, kind).flatMap(({ title, examples }): Phrase[] => {
      const [write] = Array.isArray(examples) ? examples : []
      return typeof title === 'string' && typeof write === 'string' ? [{ expected: title, write }] : []
    })[0]
  }

  #nodesAt(path: Path, kind?: unknown): Node[] {
    return path.reduce<Node[]>((nodes, key) => nodes.flatMap((node) => {
      const properties = isNode(node['properties']) ? node['properties'] : {}
      const own = isNode(properties['kind']) ? properties['kind']['const'] : undefined
      if (own !== undefined && kind !== undefined && own !== kind) return []
      const named = typeof key === 'string' && Object.hasOwn(properties, key) ? properties[key] : undefined
      return branchesOf(named ?? (typeof key === 'number' ? node['items'] : node['additionalProperties']))
    }), branchesOf(this.#root))
  }
}

function branchesOf(node: unknown): Node[] {
  if (!isNode(node)) return []
  const branches = [node['anyOf'], node['oneOf']].filter(Array.isArray).flat()
  return branches.length === 0 ? [node] : branches.flatMap(branchesOf)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
