/**
 * Asks an SQS which of the service's rules it keeps. Emulators break some; whatever would rest on a broken one is not
 * to be judged there. All rules at once, each in queues of its own that are gone afterwards: three seconds, the longest
 * wait of any of them.
 */
import type { Conformance, RunningServer } from '../model/edges.ts'
import { ProbeQueues } from './sqs-probe.ts'
import { sqsRules, type Rule } from './sqs-rules.ts'

/** One answer per rule, in the table's order; throws where the service does not answer. */
export async function testSqs(
  server: Pick<RunningServer, 'address' | 'user' | 'password'>, rules: readonly Rule[] = sqsRules,
): Promise<readonly Conformance[]> {
  await using queues = new ProbeQueues(server)
  return await Promise.all(rules.map(async ({ name, says, kept, probe, taints = [] }) => {
    const seen = await probe(queues)
    const conforms = kept.test(seen)
    return { rule: name, conforms, detail: conforms ? says : `${says}; here: ${seen}`, taints }
  }))
}
