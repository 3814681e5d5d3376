/**
 * Planted bugs of a Produce, for controls: one that is told it was written and was not, and one that is written twice.
 *
 * For a loss the broker is asked where its partitions end, and the records are said to lie there. A topic that is only
 * named by its id can't be asked about; then they are said to lie at 0. Behind a loss the numbers of a producer that
 * counts its batches have a gap, so its next one may be refused: a control ends its incarnation. Written twice is only
 * what the broker does not count.
 */
import type { Interjection, OperationStart, PlantedLoss } from '../../model/wire.ts'
import { answerTo, bodyOfAnswer, decodeWhole, harmlessRequest, produced, replaceAnswer } from './answers.ts'
import { errorsIn, outcomeOf } from './error-names.ts'
import { decodeResponse, encodeRequest, encodeResponse, type RequestFrame } from './frames.ts'
import { batchesOf, isSequenced } from './produce.ts'
import { apiNamed } from './table.ts'
import { intField, longField, recordsField, textField } from './values.ts'

const LIST_OFFSETS_VERSION = 2
const LATEST = -1n

export function plantLoss(bytes: Buffer, start: OperationStart): PlantedLoss | undefined {
  const request = start.kind === 'Produce' ? decodeWhole(bytes) : undefined
  if (request === undefined) return undefined
  return {
    request: asksForEnds(request) ? listOffsets(request) : harmlessRequest(request),
    complete: (reply) => answerTo(request, reply) !== undefined,
    answer: (reply) => {
      const ends = asksForEnds(request) ? endsIn(request, reply) : new Map<string, bigint>()
      const says = { responses: produced(request.body, 0, (topic, index) => ends.get(`${topic}/${index}`) ?? 0n) }
      return replaceAnswer(request, reply, start.oneWay ? Buffer.alloc(0) : encodeResponse(request, says))
    },
  }
}

export function plantRepeat(bytes: Buffer, start: OperationStart): Interjection | undefined {
  const request = start.kind === 'Produce' && !start.oneWay ? decodeWhole(bytes) : undefined
  if (request === undefined || isSequenced(batchesOf(request.body))) return undefined
  return {
    bytes,
    done: (reply) => {
      const body = bodyOfAnswer(request, reply)
      return body === undefined ? undefined : outcomeOf(start.kind, errorsIn(body))
    },
  }
}

function asksForEnds({ body }: RequestFrame): boolean {
  return recordsField(body, 'topicData').every((topic) => textField(topic, 'name') !== '')
}

function listOffsets({ correlation, clientId, body }: RequestFrame): Buffer {
  const head = { key: apiNamed('ListOffsets').key, version: LIST_OFFSETS_VERSION, correlation }
  return encodeRequest(head, clientId, {
    replicaId: -1,
    topics: recordsField(body, 'topicData').map((topic) => ({
      name: textField(topic, 'name'),
      partitions: recordsField(topic, 'partitionData')
        .map((partition) => ({ partitionIndex: intField(partition, 'index'), timestamp: LATEST })),
    })),
  })
}

function endsIn(request: RequestFrame, reply: Buffer): Map<string, bigint> {
  const answer = answerTo(request, reply)
  const topics = answer === undefined ? []
    : recordsField(decodeResponse(answer, apiNamed('ListOffsets'), LIST_OFFSETS_VERSION).body, 'topics')
  return new Map(topics.flatMap((topic) => recordsField(topic, 'partitions').map((partition): [string, bigint] => {
    const end = longField(partition, 'offset')
    return [`${textField(topic, 'name')}/${intField(partition, 'partitionIndex')}`, end < 0n ? 0n : end]
  })))
}
