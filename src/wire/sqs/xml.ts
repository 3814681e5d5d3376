/**
 * The XML of the query protocol's replies: elements and text, no attributes that matter, no mixed content.
 *
 * Not a reader for any XML: what does not nest is refused, declarations and comments are passed over.
 */
import { decodeXML } from 'entities'
import { WireError } from '../../lib/errors.ts'

export interface Element {
  readonly name: string
  readonly children: readonly Element[]
  /** Of an element without children. */
  readonly text: string
}

interface OpenElement {
  readonly name: string
  readonly children: Element[]
  text: string
}

const TOKEN = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([\w:.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy

export function decodeXml(bytes: Buffer): Element {
  const text = bytes.toString('utf8')
  const root: OpenElement = { name: '', children: [], text: '' }
  const open: OpenElement[] = [root]
  let at = 0
  for (const token of text.matchAll(TOKEN)) {
    const top = open.at(-1) ?? root
    const [whole, closes, name, isEmpty, content] = token
    at = token.index + whole.length
    if (content !== undefined) top.text += decodeXML(content)
    else if (name === undefined) continue
    else if (closes === '/') close(open, name, bytes)
    else if (isEmpty === '/') top.children.push({ name, children: [], text: '' })
    else open.push({ name, children: [], text: '' })
  }
  const [only] = root.children
  if (at !== text.length || open.length !== 1 || only === undefined) throw new WireError('sqs', 'XML breaks off', bytes)
  return only
}

function close(open: OpenElement[], name: string, bytes: Buffer): void {
  const closed = open.pop()
  const around = open.at(-1)
  if (closed?.name !== name || around === undefined) throw new WireError('sqs', `XML closes ${name} too early`, bytes)
  around.children.push({ name, children: closed.children, text: closed.children.length === 0 ? closed.text : '' })
}

export function childrenOf(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((child) => child.name === name) ?? []
}

/** Down the path, the first of each. */
export function childAt(element: Element, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((at, name) => childrenOf(at, name)[0], element)
}
