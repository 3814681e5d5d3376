/** Questions to a broker that starts, and what counts as an answer. */
import { expect, test } from 'vitest'
import { decodeRequest, encodeResponse } from './frames.ts'
import { brokersQuestion, featuresQuestion, firstUse, type Question } from './readiness.ts'
import type { KafkaRecord } from './table.ts'

function reply<T>(question: Question<T>, body: KafkaRecord): T | undefined {
  const request = decodeRequest(question.frame)
  if (request === undefined) expect.unreachable('the table has what is asked')
  return question.answer(encodeResponse(request, body))
}

test('every question is a frame of the protocol', () => {
  const asked = [featuresQuestion, brokersQuestion, ...firstUse].map(({ frame }) => decodeRequest(frame)?.api.name)
  expect(asked).toEqual([
    'ApiVersions', 'Metadata', 'FindCoordinator', 'FindCoordinator', 'DescribeGroups', 'InitProducerId',
  ])
})

test('a broker is there when somebody is advertised', () => {
  expect(reply(brokersQuestion, { brokers: [] })).toBeUndefined()
  const brokers = [{ nodeId: 1, host: 'h', port: 9 }]
  expect(reply(brokersQuestion, { brokers })).toEqual([{ node: 1, host: 'h', port: 9 }])
})

test('levels of features are told by brokers that know them', () => {
  const finalizedFeatures = [{ name: 'metadata.version', maxVersionLevel: 30, minVersionLevel: 7 }]
  expect(reply(featuresQuestion, { finalizedFeatures })?.get('metadata.version')).toBe(30)
  expect(reply(featuresQuestion, {})?.size).toBe(0)
  // Answered in version 0: error 35 and the versions that it has.
  const old = Buffer.from('0000001000000001002300000001001200000002', 'hex')
  expect(featuresQuestion.answer(old)?.size).toBe(0)
})

test('coordinators that are loading are asked again', () => {
  const [ofGroups, ofTransactions, group, producer] = firstUse
  for (const question of [ofGroups, ofTransactions, producer]) {
    if (question === undefined) expect.unreachable('there are four')
    expect(reply(question, { errorCode: 15 })).toBeUndefined()
    expect(reply(question, { errorCode: 0 })).toBe(true)
  }
  if (group === undefined) expect.unreachable('there are four')
  expect(reply(group, { groups: [{ errorCode: 14, groupId: 'g' }] })).toBeUndefined()
  expect(reply(group, { groups: [{ errorCode: 0, groupId: 'g' }] })).toBe(true)
})
