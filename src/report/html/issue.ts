/**
 * A finding as the text of an issue, in Markdown: what a person would have to write down to be understood.
 */
import { placeWords } from '../claim.ts'
import { cures } from '../cures.ts'
import { block, code, prose } from '../markdown.ts'
import { storyOfFault } from './story.ts'
import type { FindingReport } from './evidence.ts'

export function issueText(finding: FindingReport, story: string, suite: string): string {
  const { confirmed } = finding
  const schedule = finding.schedule.length === 0
    ? ['1. Send one message; no fault is needed.']
    : finding.schedule.map(({ fault, point }, i) =>
      `${i + 1}. ${code(`${fault}${placeWords(fault, point)}`)}: ${storyOfFault(fault)}`)
  return [
    `## ${finding.anomaly}: ${code(finding.effect)} of suite ${code(suite)}`, '',
    prose(story), '',
    '### Schedule', '', ...schedule, '',
    `Seen again in ${confirmed.k} of ${confirmed.n} clean cells. Found by Onceproof, finding ${code(finding.id)}.`, '',
    '### Reproduce', '', block(finding.replay), '',
    '### Usual cure', '', cures[finding.anomaly].text, '',
  ].join('\n')
}
