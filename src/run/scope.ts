/**
 * What a campaign sets out to cover: the one place that knows which faults and contexts a profile, a suite or a person
 * asks for. What does not apply to the subject is found out later, and told apart.
 */
import { profileFaults } from '../faults/registry.ts'
import type { ScopeFacts } from '../model/run.ts'
import type { ProfileName, Suite } from '../model/suite.ts'

/** `faults`: those chosen by hand, which make a verdict partial. */
export function scopeOf(suite: Suite, profile: ProfileName, faults: readonly string[] | undefined): ScopeFacts {
  return {
    faults: faults ?? suite.faults ?? profileFaults[profile],
    contexts: ['start', 'cold', ...profile === 'full' ? ['warm', 'convoy'] : [], 'recovery'],
    partial: faults !== undefined,
  }
}
