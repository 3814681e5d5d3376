/**
 * What the subject reaches past its taps becomes a doubt, once per address: a certificate must not hide a path that
 * nobody saw. A declared server that is reached directly is a bypass; any other address may be allowed with a reason.
 *
 * Looked at when an incarnation is ready, at each delivery, each hold and each step's end, never while a tap works, and
 * every few milliseconds in the baseline. Between looks a short connection can come and go (subject/egress.ts).
 */
import { after } from '../lib/clock.ts'
import type { Address } from '../model/edges.ts'
import type { Event } from '../model/event.ts'
import { isLoopback, reasonFor } from '../subject/egress.ts'
import type { CampaignContext } from './campaign-context.ts'
import type { Incarnation, LinkPlan } from './incarnation.ts'

const OFTEN_MS = 10
const moments: ReadonlySet<Event['type']> = new Set(['incarnation-ready', 'delivered', 'fault-held', 'step-ended'])

export class EgressLog {
  readonly #context: CampaignContext
  readonly #links: readonly LinkPlan[]

  constructor(context: CampaignContext, links: readonly LinkPlan[]) {
    this.#context = context
    this.#links = links
  }

  /** What is held stands still, so it is looked at on the spot; all else when the tap is done. */
  note(event: Event, incarnations: readonly Incarnation[]): void {
    if (!moments.has(event.type)) return
    if (event.type === 'fault-held') this.#look(incarnations)
    else after(0, () => this.#look(incarnations))
  }

  often(incarnations: () => readonly Incarnation[]): Disposable {
    let callOff: () => void = () => undefined
    const again = (): void => {
      this.#look(incarnations())
      callOff = after(OFTEN_MS, again)
    }
    again()
    return { [Symbol.dispose]: () => callOff() }
  }

  #look(incarnations: readonly Incarnation[]): void {
    for (const incarnation of incarnations) {
      incarnation.egress().then((found) => Promise.all(found.map((to) => this.#tell(to))))
        .catch((error: unknown) => this.#context.doubt('egress-not-seen', String(error), true))
    }
  }

  async #tell(to: Address): Promise<void> {
    const { egress, suite } = this.#context
    const shown = `${to.host}:${to.port}`
    if (egress.has(shown)) return
    egress.add(shown)
    const link = this.#links.find(({ share }) => isSame(share.upstream, to))
    if (link !== undefined) {
      this.#context.doubt('bypass', `${link.name}: the subject reached ${shown} itself, past its tap`, true)
      return
    }
    const reason = await reasonFor(to, suite.allowEgress)
    if (reason === undefined) {
      const cure = 'lead it through a dependency, or allow it with a reason (allow.egress)'
      this.#context.doubt('egress', `the subject also spoke to ${shown}, where nobody saw what it said; ${cure}`, true)
    } else this.#context.doubt('egress', `the subject also spoke to ${shown}, which is allowed: ${reason}`, false)
  }
}

function isSame(server: Address, to: Address): boolean {
  const names = server.host === 'localhost' || isLoopback(server) ? isLoopback(to) : server.host === to.host
  return names && server.port === to.port
}
