/** Lines as a real server wrote them, and random rows that go through a formatter and back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '../lib/errors.ts'
import { decodeSlotLines } from './test-decoding.ts'

function decodeOne(data: string) {
  return decodeSlotLines([{ xid: '739', data }])
}

test('an insert with quotes, spaces, brackets, nulls, bits and booleans', () => {
  const data = `table public.o: INSERT: id[integer]:1 "Odd Name"[text]:'it''s "q" [x]: y\n''z''' `
    + `"we[i]rd"[integer[]]:'{1,2}' t[timestamp with time zone]:'2026-11-21 11:40:09.316847+00' `
    + `b[bytea]:'\\xdead' bt[bit]:B'101' d[numeric]:NaN n[text]:null bo[boolean]:true`
  expect(decodeOne(data)).toEqual([{
    transaction: '739', table: 'public.o', change: 'insert', old: undefined,
    row: {
      id: '1', 'Odd Name': `it's "q" [x]: y\n'z'`, 'we[i]rd': '{1,2}', t: '2026-11-21 11:40:09.316847+00',
      b: '\\xdead', bt: '101', d: 'NaN', n: null, bo: 't',
    },
  }])
})

test('the texts null and unchanged-toast-datum are values when quoted', () => {
  const [change] = decodeOne(`table public.t: INSERT: a[text]:'null' b[text]:'unchanged-toast-datum'`)
  expect(change?.row).toEqual({ a: 'null', b: 'unchanged-toast-datum' })
})

test('an update leaves out what the server did not read', () => {
  const [change] = decodeOne('table public.big: UPDATE: id[integer]:1 v[text]:unchanged-toast-datum w[integer]:2')
  expect(change).toMatchObject({ change: 'update', row: { id: '1', w: '2' }, old: undefined })
  expect(change?.row).not.toHaveProperty('v')
})

test('an update of the key has both rows, and the old one fills gaps', () => {
  const data = `table public.f: UPDATE: old-key: id[integer]:1 v[text]:'long' `
    + `new-tuple: id[integer]:5 v[text]:unchanged-toast-datum w[integer]:2`
  expect(decodeOne(data)[0]).toMatchObject({
    row: { id: '5', v: 'long', w: '2' }, old: { id: '1', v: 'long' },
  })
})

test('deletes: by key, and of a table without one', () => {
  expect(decodeOne('table public.big: DELETE: id[integer]:5')[0])
    .toMatchObject({ change: 'delete', row: { id: '5' }, old: { id: '5' } })
  expect(decodeOne('table public.nk: DELETE: (no-tuple-data)')[0]).toMatchObject({ change: 'delete', row: {} })
})

test('a truncate is a delete of every table it names', () => {
  const changes = decodeOne('table public.nk, public."Sch em": TRUNCATE: restart_seqs cascade')
  expect(changes.map((change) => [change.table, change.change, change.row])).toEqual([
    ['public.nk', 'delete', {}], ['public."Sch em"', 'delete', {}],
  ])
})

test('transaction marks and messages change no row; a row without columns does', () => {
  const lines = ['BEGIN 1', 'message: transactional: 1 prefix: p, sz: 10 content:multi\nline', 'COMMIT 1']
  expect(lines.flatMap(decodeOne)).toEqual([])
  expect(decodeOne('table public.nocols: INSERT:')[0]).toMatchObject({ change: 'insert', row: {} })
})

test('text that claims to be a change and is none is an error of the wire', () => {
  for (const data of ['table public.t', 'table public.t: MERGE: x', `table public.t: INSERT: a[text]:'open`,
    'table public.t: INSERT: a[text', 'table public.t: INSERT: a[text]:']) {
    expect(() => decodeOne(data)).toThrow(WireError)
  }
})

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => ({ type: 'text', shown: `'${text.replaceAll("'", "''")}'`, text })),
  fc.integer().map((number) => ({ type: 'integer', shown: String(number), text: String(number) })),
  fc.constant({ type: 'character varying[]', shown: 'null', text: null }),
  fc.boolean().map((flag) => ({ type: 'boolean', shown: String(flag), text: flag ? 't' : 'f' })),
)

test('any row comes back from its text', () => {
  const rows = fc.uniqueArray(fc.tuple(name, value), { selector: ([column]) => column, maxLength: 6 })
  fc.assert(fc.property(name, rows, rows, (table, before, after) => {
    const format = (row: typeof before) =>
      row.map(([column, { type, shown }]) => ` ${quoteName(column)}[${type}]:${shown}`).join('')
    const plain = (row: typeof before) => Object.fromEntries(row.map(([column, { text }]) => [column, text]))
    const head = `table public.${quoteName(table)}: `
    expect(decodeOne(`${head}UPDATE: old-key:${format(before)} new-tuple:${format(after)}`)).toEqual([{
      transaction: '739', table: `public.${quoteName(table)}`, change: 'update', row: plain(after), old: plain(before),
    }])
    expect(decodeOne(`${head}INSERT:${format(after)}`)[0]?.row).toEqual(plain(after))
  }), { seed: 11 })
})
