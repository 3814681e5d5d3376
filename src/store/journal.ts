/**
 * The journal: a suite's history on disk, one JSON record per line, only ever appended.
 *
 * Lines are collected and written in batches; `flush` returns when everything is in the file and the file is on its
 * disk, which the nemesis waits for before it changes the world. A crash of the harness can cut the last line short;
 * a reader lets that line go and nothing else: a journal that is broken in the middle is no evidence.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { assert } from '../lib/assert.ts'
import { EnvironmentError, UsageError } from '../lib/errors.ts'
import type { Event } from '../model/event.ts'
import { createMask, defaultMaskMode, type Mask } from './mask.ts'

const BATCH_CHARS = 64 * 1024

export interface Journal extends Disposable {
  append(event: Event): void
  /** Returns when all that was appended is on disk. */
  flush(): void
  /** Output of the subject as a sentence in a file may quote it. */
  quote(output: string): string
}

/** Makes the file, which must not be there yet. */
export function openJournal(file: string, mask: Mask = createMask(defaultMaskMode(process.env))): Journal {
  let descriptor: number | undefined = openJournalFile(file)
  let lines: string[] = []
  let waiting = 0
  const write = (): number => {
    assert(descriptor !== undefined, 'a closed journal is not written to')
    writeAll(descriptor, Buffer.from(lines.join('')))
    lines = []
    waiting = 0
    return descriptor
  }
  return {
    append: (event) => {
      assert(descriptor !== undefined, 'a closed journal is not appended to')
      const line = `${JSON.stringify(mask.event(event))}\n`
      lines.push(line)
      waiting += line.length
      if (waiting >= BATCH_CHARS) write()
    },
    flush: () => fdatasyncSync(write()),
    quote: (output) => mask.quote(output),
    [Symbol.dispose]: () => {
      if (descriptor === undefined) return
      const open = write()
      descriptor = undefined
      closeSync(open)
    },
  }
}

function openJournalFile(file: string): number {
  try {
    return openSync(file, 'ax', 0o644)
  } catch (cause) {
    throw new EnvironmentError(`the journal ${file} can't be made; choose another folder with --out`, { cause })
  }
}

/** A write can be short, on a full disk for instance: the next one then says why. */
function writeAll(descriptor: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) written += writeSync(descriptor, bytes, written)
}

/** All whole events. Throws EnvironmentError naming the line that is none, unless it is the last one and cut short. */
export function readJournal(file: string): Event[] {
  const lines = readText(file).split('\n')
  // What follows the last newline is empty in a whole journal, and the torn line of a crash otherwise.
  lines.pop()
  const events: Event[] = []
  for (const [i, line] of lines.entries()) {
    const event = parseEvent(line)
    const expected = (events.at(-1)?.seq ?? 0) + 1
    if (event === undefined) throw new EnvironmentError(`${file}: line ${i + 1} is no event; the journal is damaged`)
    if (event.seq !== expected) {
      throw new EnvironmentError(
        `${file}: line ${i + 1} is event ${event.seq} instead of ${expected}; the journal is damaged`)
    }
    events.push(event)
  }
  return events
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`there is no journal at ${file}`, { cause })
  }
}

/** The head is checked; the body was written by this program, and whoever reads a field out of it checks it there. */
function parseEvent(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) && typeof value['seq'] === 'number' && typeof value['atMs'] === 'number'
      && typeof value['cell'] === 'string' && typeof value['type'] === 'string' ? value as unknown as Event : undefined
  } catch {
    // Not JSON: the caller names the line.
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
