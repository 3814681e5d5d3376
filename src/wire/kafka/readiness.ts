/**
 * What a broker is asked while it starts, by whoever starts it: is it there for clients, and do its coordinators work.
 *
 * The first use of groups and of transactions makes their internal topics, and clients are told to come again until
 * then. Whoever came first would send requests that nobody sends later, and be half a second slower: so the first use
 * is ours, of a group that is never joined and of a transactional id that never writes.
 *
 * Bytes only. Versions are old enough for every broker since 3.0.
 */
import { decodeResponse, encodeRequest } from './frames.ts'
import { apiNamed, type KafkaRecord } from './table.ts'
import { intField, recordsField, textField } from './values.ts'

const CLIENT = 'onceproof'
const OURS = 'onceproof-start'
const GROUP = 0
const TRANSACTION = 1
const TRANSACTION_MS = 60_000

export interface Question<T> {
  readonly what: string
  readonly frame: Buffer
  /** Undefined while it is to be asked again. The frame has its size in front; throws on bytes that don't decode. */
  readonly answer: (frame: Buffer) => T | undefined
}

interface Asked {
  readonly name: string
  readonly version: number
  readonly body: KafkaRecord
}

/** Levels of finalized features by name; none where the broker is too old to say. Changes nothing. */
export const featuresQuestion = question({
  name: 'ApiVersions', version: 3, body: { clientSoftwareName: CLIENT, clientSoftwareVersion: '1' },
}, (body) => new Map(recordsField(body, 'finalizedFeatures')
  .map((feature): [string, number] => [textField(feature, 'name'), intField(feature, 'maxVersionLevel')])))

export interface AdvertisedBroker {
  readonly node: number
  readonly host: string
  readonly port: number
}

/** Brokers as this listener advertises them; one that has just registered is not among them yet. Changes nothing. */
export const brokersQuestion = question(
  { name: 'Metadata', version: 1, body: { topics: [] } },
  (body): readonly AdvertisedBroker[] | undefined => {
    const brokers = recordsField(body, 'brokers')
      .map((one) => ({ node: intField(one, 'nodeId'), host: textField(one, 'host'), port: intField(one, 'port') }))
    return brokers.length === 0 ? undefined : brokers
  },
)

/** In their order; true once it works. They make the internal topics of groups and transactions. */
export const firstUse: readonly Question<true>[] = [
  question({ name: 'FindCoordinator', version: 2, body: { key: OURS, keyType: GROUP } }, withoutError),
  question({ name: 'FindCoordinator', version: 2, body: { key: OURS, keyType: TRANSACTION } }, withoutError),
  question({ name: 'DescribeGroups', version: 4, body: { groups: [OURS] } }, (body) => {
    const [group] = recordsField(body, 'groups')
    return group === undefined ? undefined : withoutError(group)
  }),
  question({
    name: 'InitProducerId', version: 1, body: { transactionalId: OURS, transactionTimeoutMs: TRANSACTION_MS },
  }, withoutError),
]

function withoutError(body: KafkaRecord): true | undefined {
  return intField(body, 'errorCode') === 0 ? true : undefined
}

function question<T>({ name, version, body }: Asked, read: (body: KafkaRecord) => T | undefined): Question<T> {
  const api = apiNamed(name)
  return {
    what: name, frame: encodeRequest({ key: api.key, version, correlation: 1 }, CLIENT, body),
    answer: (frame) => read(decodeResponse(frame, api, version).body),
  }
}
