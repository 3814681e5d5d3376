/**
 * What usually cures an anomaly, in a sentence or two, and its page in this repository.
 *
 * No diagnosis: a report says what was seen, and this is where most people find their mistake. Kinds without a page
 * have none yet.
 */
import type { AnomalyKind } from '../model/anomaly.ts'

export interface Cure {
  readonly text: string
  /** Relative to the repository. */
  readonly page: string | undefined
}

export const cures: Readonly<Record<AnomalyKind, Cure>> = {
  duplicate: {
    text: 'Remember in the transaction of the effect that the message was handled (an inbox row, or a unique key on '
      + 'the message\'s id). For an effect that no transaction reaches, send a key taken from the message to a '
      + 'receiver that knows it again.',
    page: pageOf('duplicate'),
  },
  lost: {
    text: 'Settle a message only after its effect is durable, and write "done" in the transaction of the effect, '
      + 'never before it.',
    page: pageOf('lost'),
  },
  torn: {
    text: 'Put all effects of a message into one transaction; what can\'t join it belongs into an outbox row that '
      + 'is written there and carried out afterwards.',
    page: pageOf('torn'),
  },
  stuck: {
    text: 'Whatever a crash leaves behind (a lock, a lease, a row "in progress") needs an owner that is still alive or '
      + 'a time after which it is void.',
    page: pageOf('stuck'),
  },
  stale: {
    text: 'Carry a version or a time of the producer\'s with the state, and write only what is newer than what is '
      + 'there; or remember what was handled, so that a repeated older message writes nothing.',
    page: pageOf('stale'),
  },
  'dead-lettered-and-applied': {
    text: 'Give a message up only before its effects are committed; once they are, a failure to settle it is no '
      + 'failure of the message.',
    page: undefined,
  },
  'wrongly-dead-lettered': {
    text: 'Refuse exactly the message that can\'t be handled (no "multiple", no whole batch), and tell it by its own '
      + 'identity.',
    page: undefined,
  },
  diverged: {
    text: 'Derive the effect\'s content from the message alone (its time, its numbers), or keep the first result and '
      + 'give it again.',
    page: undefined,
  },
  phantom: {
    text: 'Write effects only from messages that were committed, in the transaction that handles them, and derive '
      + 'their identity from the message.',
    page: undefined,
  },
  'poison-loop': {
    text: 'Limit how often a message may fail, and let it end somewhere that people look into.',
    page: undefined,
  },
}

function pageOf(kind: string): string {
  return `suites/zoo/${kind}/README.md`
}
