/** Answers that say which topic has which id: newer versions of other requests say ids only (KIP-516). */
import type { RequestFrame } from './frames.ts'
import type { LinkMemory } from './link-memory.ts'
import type { Meaning } from './meaning.ts'
import { recordsField, textField } from './values.ts'

export function explainTopics(_: RequestFrame, memory: LinkMemory): Meaning {
  return {
    answered: (answer) => {
      for (const topic of recordsField(answer, 'topics')) {
        memory.nameTopic(textField(topic, 'topicId'), textField(topic, 'name'))
      }
      return []
    },
  }
}
