/**
 * The means that a campaign works with and trusts: how a link's proxy is opened, the nemesis's verbs, and how an
 * observation window is waited for.
 *
 * They can be handed in, so that a test can make each of them lie and see that the verdict is not green then. No
 * option, environment variable or suite reaches them.
 */
import { observeFor } from '../lib/clock.ts'
import { verbs, type Verbs } from '../nemesis/carry-out.ts'
import { openProxy } from '../tap/proxies.ts'

export interface Means {
  readonly openProxy: typeof openProxy
  readonly verbs: Verbs
  readonly observe: typeof observeFor
}

export const honestMeans: Means = { openProxy, verbs, observe: observeFor }
