/**
 * Small parts that several sections of the page share. No part knows where it stands.
 */
import type { Verdict } from '../../model/verdict.ts'
import { placesOf } from '../claim.ts'
import { markup, type Markup } from '../markup.ts'

export const verdictMarks: Readonly<Record<Verdict, string>> = {
  certified: '\u2714', violated: '\u2716', inconclusive: '?',
}

/** A text with a button that copies it; the button appears where a script runs, the text can always be selected. */
export function copyable(text: string): Markup {
  return markup`<pre tabindex="0">${text}</pre><button type="button" class="copy-button" hidden="hidden">copy</button>`
}

/** An id that a link can name, whatever the name holds. */
export function anchorOf(name: string, otherwise: string): string {
  return /^[\w-]{1,64}$/.test(name) ? name : otherwise
}

/** ` at` and the point's name as code, and its twin's; nothing for the whole message. */
export function placeElement(fault: string, point: string): Markup {
  const [first, twin] = placesOf(fault, point)
  if (first === undefined) return markup``
  const beside = twin === undefined ? undefined : markup`, its twin at <code>${twin}</code>`
  return markup` at <code>${first}</code>${beside}`
}

export function section(title: string, body: Markup): Markup {
  return markup`<section><h3>${title}</h3>
${body}
</section>
`
}
