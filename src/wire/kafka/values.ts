/** Fields of a record by the type that they have: what is missing or null is empty, 0 or nothing. */
import { isRecord } from './body.ts'
import type { KafkaRecord } from './table.ts'

export function textField(record: KafkaRecord, name: string): string {
  const value = record[name]
  return typeof value === 'string' ? value : ''
}

export function intField(record: KafkaRecord, name: string): number {
  const value = record[name]
  return typeof value === 'number' ? value : 0
}

export function longField(record: KafkaRecord, name: string): bigint {
  const value = record[name]
  return typeof value === 'bigint' ? value : 0n
}

export function bytesField(record: KafkaRecord, name: string): Buffer {
  const value = record[name]
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0)
}

export function recordsField(record: KafkaRecord, name: string): readonly KafkaRecord[] {
  const value = record[name]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function intsField(record: KafkaRecord, name: string): readonly number[] {
  const value = record[name]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'number') : []
}
