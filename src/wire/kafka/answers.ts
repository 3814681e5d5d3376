/**
 * Answers of our own in a broker's place, in their place among the broker's answers.
 *
 * A client expects answers in the order of its requests, and others may be on their way. So a request that the broker
 * is not to see is replaced by a harmless one with the same correlation id; what comes back for it is where our answer
 * belongs, and everything else that comes meanwhile is passed on as it is.
 */
import {
  decodeCorrelation, decodeRequest, decodeResponse, encodeRequest, splitFrames, type RequestFrame,
} from './frames.ts'
import { apiNamed, type KafkaRecord } from './table.ts'
import { intField, intsField, recordsField, textField } from './values.ts'

const CLIENT = 'onceproof'

/** A request that is whole, alone and known. */
export function decodeWhole(bytes: Buffer): RequestFrame | undefined {
  const frames = splitFrames(bytes)
  const [frame] = frames
  return frame === undefined || frame.length !== bytes.length ? undefined : decodeRequest(frame)
}

/** Tells the client what it knows already, and changes nothing. */
export function harmlessRequest({ correlation }: RequestFrame): Buffer {
  return encodeRequest({ key: apiNamed('ApiVersions').key, version: 0, correlation }, CLIENT, {})
}

/** The broker's own answer, once it is there. */
export function answerTo({ correlation }: RequestFrame, reply: Buffer): Buffer | undefined {
  return splitFrames(reply).find((frame) => decodeCorrelation(frame) === correlation)
}

export function bodyOfAnswer(request: RequestFrame, reply: Buffer): KafkaRecord | undefined {
  const answer = answerTo(request, reply)
  return answer === undefined ? undefined : decodeResponse(answer, request.api, request.version).body
}

/** All that came, with another answer (or none) in the place of the request's. */
export function replaceAnswer(request: RequestFrame, reply: Buffer, answer: Buffer): Buffer {
  const frames = splitFrames(reply)
  const at = frames.findIndex((frame) => decodeCorrelation(frame) === request.correlation)
  const rest = reply.subarray(frames.reduce((sum, frame) => sum + frame.length, 0))
  return Buffer.concat([...frames.map((frame, index) => (index === at ? answer : frame)), rest])
}

/** A body that gives every part of the request the same error; 0 is none. */
export function answerWith({ api, body }: RequestFrame, errorCode: number): KafkaRecord {
  switch (api.name) {
    case 'Produce': return { responses: produced(body, errorCode, () => -1n) }
    case 'OffsetCommit':
    case 'TxnOffsetCommit': return {
      topics: recordsField(body, 'topics').map((topic) => ({
        ...named(topic), partitions: recordsField(topic, 'partitions')
          .map((partition) => ({ partitionIndex: intField(partition, 'partitionIndex'), errorCode })),
      })),
    }
    case 'AddPartitionsToTxn': return {
      resultsByTopicV3AndBelow: added(recordsField(body, 'v3AndBelowTopics'), errorCode),
      resultsByTransaction: recordsField(body, 'transactions').map((transaction) => ({
        transactionalId: textField(transaction, 'transactionalId'),
        topicResults: added(recordsField(transaction, 'topics'), errorCode),
      })),
    }
    // As a coordinator says it: no generation, and the member as it called itself.
    case 'JoinGroup': return { errorCode, memberId: textField(body, 'memberId') }
    default: return { errorCode }
  }
}

/** A Produce's answer for each partition; the offset is that of its first record. */
export function produced(
  body: KafkaRecord, errorCode: number, offsetOf: (topic: string, partition: number) => bigint,
): KafkaRecord[] {
  return recordsField(body, 'topicData').map((topic) => ({
    ...named(topic), partitionResponses: recordsField(topic, 'partitionData').map((partition) => {
      const index = intField(partition, 'index')
      return { index, errorCode, baseOffset: offsetOf(textField(topic, 'name'), index) }
    }),
  }))
}

function added(topics: readonly KafkaRecord[], partitionErrorCode: number): KafkaRecord[] {
  return topics.map((topic) => ({
    name: textField(topic, 'name'),
    resultsByPartition: intsField(topic, 'partitions')
      .map((partitionIndex) => ({ partitionIndex, partitionErrorCode })),
  }))
}

function named(topic: KafkaRecord): KafkaRecord {
  return { name: textField(topic, 'name'), ...(topic['topicId'] === undefined ? {} : { topicId: topic['topicId'] }) }
}
