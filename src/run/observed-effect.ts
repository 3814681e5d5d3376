/** An effect as a cell's reader tells it, with the message that it seems to belong to. */
import type { Content, SharedReading } from '../model/effect.ts'

export interface ObservedEffect {
  readonly effect: string
  readonly identity: string
  readonly message: string | undefined
  readonly content: Content
  readonly shared?: SharedReading
}
