/** Whose turn it is, in one sentence and an exit code. */
import { expect, test } from 'vitest'
import {
  DeadlineError, EnvironmentError, InterruptedError, InvariantError, SubjectError, UsageError, WireError,
} from '../lib/errors.ts'
import { failureOf } from './failure.ts'

test.each([UsageError, EnvironmentError, SubjectError])('%o is theirs: its own sentence, 3', (Kind) => {
  expect(failureOf(new Kind('the queue is gone'), {}, '/run')).toEqual({ text: 'the queue is gone', exitCode: 3 })
})

test('what took too long says where the files are', () => {
  const { text, exitCode } = failureOf(new DeadlineError('start', 10, 'nothing'), {}, '/run')
  expect(exitCode).toBe(3)
  expect(text).toBe('start did not happen within 10 ms: nothing; what was recorded is in /run')
})

test.each([
  new InvariantError('a claim failed'), new TypeError('x is undefined'), new WireError('p', 'bad', Buffer.of(1)),
  'text',
])('%s is ours: never a verdict', (error) => {
  const { text, exitCode } = failureOf(error, {}, '/run')
  expect(exitCode).toBe(3)
  expect(text).toMatch(/^this is a bug of onceproof: .*; what was recorded is in \/run; DEBUG=onceproof shows where$/)
})

test('an interruption is 130', () => {
  expect(failureOf(new InterruptedError('SIGINT'), {}, '/run'))
    .toEqual({ text: 'interrupted; what was recorded is in /run', exitCode: 130 })
})

test('a stack on request', () => {
  expect(failureOf(new UsageError('no'), { DEBUG: 'a,onceproof' }).text).toContain('    at ')
})
