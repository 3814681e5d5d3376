/**
 * Bodies of requests and responses, read and written by the table: one reader for every message and version.
 *
 *   STRING: | length: INT16, -1 is null | UTF-8 |
 *   BYTES, RECORDS: | length: INT32, -1 is null | bytes |    ARRAY: | count: INT32, -1 is null | elements |
 *   COMPACT_ of all of these: | length or count + 1: UNSIGNED_VARINT, 0 is null | ... |
 *   a structure that may be null: | INT8, -1 is null | fields |
 *   behind the fields of a flexible structure: | count | (tag, size: UNSIGNED_VARINT | value)* |
 *
 * Source: "Protocol Primitive Types" of Kafka's protocol guide, KIP-482. Batches of records stay bytes here.
 */
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { includes, NO_UUID, type Field, type FieldType, type KafkaRecord, type KafkaValue } from './table.ts'

/** What the whole message has in common. */
interface Form {
  readonly version: number
  readonly isFlexible: boolean
}

type Sized = 'string' | 'bytes' | 'records'
type Fixed = Exclude<FieldType, Sized | '{}'>

/** Reads fields off the front; a tagged one that is not there has its default. */
export function decodeFields(reader: ByteReader, fields: readonly Field[], form: Form): KafkaRecord {
  const record: Record<string, KafkaValue> = {}
  const present = fields.filter((field) => includes(field.versions, form.version))
  for (const field of present) {
    record[field.name] = field.tag === undefined ? decodeField(reader, field, form) : defaultOf(field, form)
  }
  if (form.isFlexible) decodeTagged(reader, present, form, record)
  return record
}

/** What `decodeFields` has read; a field that is missing is written as its default. */
export function encodeFields(writer: ByteWriter, fields: readonly Field[], record: KafkaRecord, form: Form): void {
  const present = fields.filter((field) => includes(field.versions, form.version))
  for (const field of present) {
    if (field.tag === undefined) encodeField(writer, field, record[field.name] ?? missing(field, record, form), form)
  }
  if (!form.isFlexible) return
  const tagged = present.flatMap((field): { readonly tag: number; readonly bytes: Buffer }[] => {
    const value = record[field.name]
    if (field.tag === undefined || value === undefined || isDefault(field, value, form)) return []
    return [{ tag: field.tag, bytes: alone(field, value, form) }]
  }).toSorted((a, b) => a.tag - b.tag)
  writer.unsignedVarint(tagged.length)
  for (const { tag, bytes } of tagged) {
    writer.unsignedVarint(tag)
    writer.unsignedVarint(bytes.length)
    writer.raw(bytes)
  }
}

/** Of a structure only what the version has. */
function defaultOf(field: Field, form: Form): KafkaValue {
  if (!isRecord(field.default)) return field.default
  const present = field.fields.filter((each) => includes(each.versions, form.version))
  return Object.fromEntries(present.map((each) => [each.name, defaultOf(each, form)]))
}

/** What is written where the record says nothing: the default, but no null that the version does not have. */
function missing(field: Field, record: KafkaRecord, { version }: Form): KafkaValue {
  if (record[field.name] === null) return null
  return field.default === null && !includes(field.nullable, version) ? emptyOf(field) : field.default
}

function emptyOf(field: Field): KafkaValue {
  if (field.isArray) return []
  return field.type === 'string' ? '' : Buffer.alloc(0)
}

function isDefault(field: Field, value: KafkaValue, form: Form): boolean {
  if (value === null || field.default === null) return value === field.default
  return alone(field, value, form).equals(alone(field, field.default, form))
}

function alone(field: Field, value: KafkaValue, form: Form): Buffer {
  const writer = new ByteWriter()
  encodeField(writer, field, value, form)
  return writer.bytes
}

function decodeTagged(
  reader: ByteReader, fields: readonly Field[], form: Form, record: Record<string, KafkaValue>,
): void {
  const count = reader.unsignedVarint()
  for (let index = 0; index < count; index += 1) {
    const tag = reader.unsignedVarint()
    const bytes = reader.take(reader.unsignedVarint())
    const field = fields.find((each) => each.tag === tag)
    // Tags that the table does not know are left out: newer peers may say more (KIP-482).
    if (field === undefined) continue
    const inner = new ByteReader(bytes)
    record[field.name] = decodeField(inner, field, form)
    if (inner.left > 0) throw inner.failed(`the tagged field ${field.name} is longer than its value`)
  }
}

function decodeField(reader: ByteReader, field: Field, form: Form): KafkaValue {
  if (!field.isArray) return decodeOne(reader, field, form)
  const count = decodeLength(reader, 'array', form)
  if (count === -1) return orNull(reader, field, form)
  if (count > reader.left) throw reader.failed(`${field.name} is to have ${count} elements`)
  return Array.from({ length: count }, () => decodeElement(reader, field, form))
}

function decodeOne(reader: ByteReader, field: Field, form: Form): KafkaValue {
  if (field.type !== '{}') return decodePrimitive(reader, field, form)
  if (includes(field.nullable, form.version) && reader.int8() < 0) return null
  return decodeFields(reader, field.fields, form)
}

/** Nulls are for whole fields, never for elements. */
function decodeElement(reader: ByteReader, field: Field, form: Form): KafkaValue {
  if (field.type === '{}') return decodeFields(reader, field.fields, form)
  return decodePrimitive(reader, { ...field, nullable: undefined }, form)
}

function decodePrimitive(reader: ByteReader, field: Field, form: Form): KafkaValue {
  const { type } = field
  if (!isSized(type)) return type === '{}' ? null : decodeFixed(reader, type)
  const length = decodeLength(reader, type, form)
  if (length === -1) return orNull(reader, field, form)
  const bytes = reader.take(length)
  return type === 'string' ? bytes.toString('utf8') : bytes
}

function decodeFixed(reader: ByteReader, type: Fixed): KafkaValue {
  if (type === 'bool') return reader.int8() !== 0
  return reader[type]()
}

/** -1 for null. */
function decodeLength(reader: ByteReader, type: Sized | 'array', { isFlexible }: Form): number {
  if (isFlexible) return reader.unsignedVarint() - 1
  const length = type === 'string' ? reader.int16() : reader.int32()
  if (length < -1) throw reader.failed(`a length of ${length}`)
  return length
}

function orNull(reader: ByteReader, field: Field, { version }: Form): null {
  // Brokers answer an empty fetch with null records, whatever the version.
  if (!includes(field.nullable, version) && field.type !== 'records') throw reader.failed(`${field.name} is null`)
  return null
}

function encodeField(writer: ByteWriter, field: Field, value: KafkaValue, form: Form): void {
  if (!field.isArray) {
    encodeOne(writer, field, value, form)
    return
  }
  const elements = Array.isArray(value) ? value : undefined
  encodeLength(writer, 'array', elements?.length ?? -1, form)
  for (const element of elements ?? []) encodeElement(writer, field, element, form)
}

function encodeOne(writer: ByteWriter, field: Field, value: KafkaValue, form: Form): void {
  if (field.type === '{}' && includes(field.nullable, form.version)) {
    writer.int8(value === null ? -1 : 1)
    if (value === null) return
  }
  encodeElement(writer, field, value, form)
}

function encodeElement(writer: ByteWriter, { type, fields }: Field, value: KafkaValue, form: Form): void {
  if (type === '{}') {
    encodeFields(writer, fields, isRecord(value) ? value : {}, form)
  } else if (isSized(type)) {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
    const sized = Buffer.isBuffer(bytes) ? bytes : undefined
    encodeLength(writer, type, sized?.length ?? -1, form)
    if (sized !== undefined) writer.raw(sized)
  } else encodeFixed(writer, type, value)
}

function encodeFixed(writer: ByteWriter, type: Fixed, value: KafkaValue): void {
  if (type === 'bool') writer.int8(value === true ? 1 : 0)
  else if (type === 'uuid') writer.uuid(typeof value === 'string' ? value : NO_UUID)
  else if (type === 'int64') writer.int64(typeof value === 'bigint' ? value : BigInt(Number(value)))
  else writer[type](Number(value))
}

function encodeLength(writer: ByteWriter, type: Sized | 'array', length: number, { isFlexible }: Form): void {
  if (isFlexible) writer.unsignedVarint(length + 1)
  else if (type === 'string') writer.int16(length)
  else writer.int32(length)
}

function isSized(type: FieldType): type is Sized {
  return type === 'string' || type === 'bytes' || type === 'records'
}

export function isRecord(value: KafkaValue | undefined): value is KafkaRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}
