/** Which messages of a batch are deleted, by the handler's answer. */
import { expect, test } from 'vitest'
import { failedIn, type LambdaRecord } from './lambda.ts'

function record(messageId: string): LambdaRecord {
  return {
    messageId, receiptHandle: `handle-${messageId}`, body: '', attributes: {}, messageAttributes: {},
    eventSource: 'aws:sqs', awsRegion: 'us-east-1',
  }
}

const batch = ['a', 'b', 'c'].map(record)

test.each([
  ['no answer', undefined, []],
  ['an empty list', { batchItemFailures: [] }, []],
  ['some', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
  ['one that is not there', { batchItemFailures: [{ itemIdentifier: 'x' }, { itemIdentifier: 'b' }] }, ['a', 'b', 'c']],
])('%s', (_, answer, failed) => {
  expect([...failedIn(batch, answer)]).toEqual(failed)
})
