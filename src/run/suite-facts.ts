/**
 * What the checkers must know of a suite, written into the history: a verdict is made of nothing else.
 */
import type { ContractFacts } from '../model/run.ts'
import { sharedColumn, type Contract, type ProfileName } from '../model/suite.ts'
import type { CampaignContext } from './campaign-context.ts'
import { scopeOf } from './scope.ts'

/** What checkers must know of the suite and of what was asked for. */
export function learnSuite(
  context: CampaignContext, profile: ProfileName, faults: readonly string[] | undefined,
): void {
  const { suite } = context
  const declared = Object.entries(suite.effects).map(([name, source]) => ({
    name, kind: source.kind, declared: true, expectation: suite.expect[name] ?? 'once',
    ...sharedColumn(source) === undefined ? {} : { shared: sharedColumn(source)?.how },
  }))
  const found = context.isDifferential ? [...context.expected.keys()].map((name) => ({
    name, kind: 'rows', declared: false, expectation: 'once' as const,
  })) : []
  context.learn('suite', {
    name: suite.name, effects: [...declared, ...found], profile,
    contract: contractFacts(suite.contract),
    deadLetter: suite.deadLetter, reject: suite.reject, horizonMs: context.horizonMs, tailMs: context.tailMs,
    settlement: typeof suite.settlement === 'string' ? suite.settlement : 'query',
  })
  context.learn('scope', scopeOf(suite, profile, faults))
}

/** What the contract declares; the rest is nobody's promise. */
export function contractFacts({ producerDuplicates, replayWithinMs, dedupWindowMs }: Contract): ContractFacts {
  return {
    ...producerDuplicates === undefined ? {} : { producerDuplicates },
    ...replayWithinMs === undefined ? {} : { replayWithinMs },
    ...dedupWindowMs === undefined ? {} : { dedupWindowMs },
  }
}
