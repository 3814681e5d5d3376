/**
 * The normaliser: examples of each folding, and properties over statements that are made up.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseSql, shorten } from './sql-text.ts'

test.each([
  ['insert into invoices (order_id) values ($1)', 'insert into invoices (order_id) values ($)'],
  ["SELECT\n\t*  FROM a -- note\n WHERE b = 'x''y' ;", 'SELECT * FROM a WHERE b = $'],
  ["select 1 /*traceparent='00-ab',route='/x'*/", 'select $'],
  ['select /* a /* nested */ b */ 1', 'select $'],
  ['select /* never closed', 'select'],
  ["select E'it\\'s' , U&'d\\0061t' , b'01', x'1F', N'n'", 'select $, $, $, $, $'],
  ['select $$a;b$$, $tag$ $$ inner $$ $tag$', 'select $, $'],
  ["update \"My 'Table'\" set \"a--b\" = 1.5e10", "update \"My 'Table'\" set \"a--b\" = $"],
  ['select * from a where b in (1, 2, 3) and c in ($1,$2)', 'select * from a where b in ($) and c in ($)'],
  ['select * from a where (b, c) in ((1, 2), (3, 4))', 'select * from a where (b, c) in (($))'],
  ["insert into t values (1, 'a', null), (2, DEFAULT, true), (3, '', now())",
    'insert into t values ($), ($, now())'],
  ['insert into t values ($1::int, $2::numeric(10,2), $3)', 'insert into t values ($)'],
  ['insert into t values (1), (2) on conflict do nothing', 'insert into t values ($) on conflict do nothing'],
  ['select * from t where a = any(array[1,2,3])', 'select * from t where a = any(array[$])'],
  ['select a from t where b in (select c from d where e in (1, 2))',
    'select a from t where b in (select c from d where e in ($))'],
  ['select a-1, -1, a - -1, a = -1, a=-1 from t limit +5', 'select a-$, $, a - $, a = $, a=$ from t limit $'],
  ["select '1'::int, a::text", 'select $::int, a::text'],
  ["select a->>'b', a @> '{}' from t", 'select a->>$, a @> $ from t'],
  ['select 0x1F, 1_000, .5, 5.', 'select $, $, $, $'],
  ['select a.b , c . d', 'select a.b, c . d'],
  ['savepoint "s140735_x1"', 'savepoint $'],
  ['release savepoint sp_2; rollback to savepoint sp_1', 'release savepoint $; rollback to savepoint $'],
  ['savepoint before_charge', 'savepoint before_charge'],
  ['declare c7 cursor for select * from t1', 'declare $ cursor for select * from t1'],
  ['fetch forward 50 from "c7"', 'fetch forward $ from $'],
  ['prepare s3 as select 1', 'prepare $ as select $'],
  ['execute s3(1)', 'execute $($)'],
  ['close all; deallocate all', 'close all; deallocate all'],
  ['insert into t1 (a2) select b3 from v4', 'insert into t1 (a2) select b3 from v4'],
  [';; select 1 ;;', 'select $'],
  ['', ''],
  ["select 'never closed", 'select $'],
])('%s', (sql, expected) => {
  expect(normaliseSql(sql)).toBe(expected)
})

test('the number of rows, of list members and the values do not change the text', () => {
  const value = fc.oneof(
    fc.integer().map(String), fc.constant('null'), fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
    fc.nat(99).map((n) => `$${n + 1}`),
  )
  const row = fc.array(value, { minLength: 1, maxLength: 4 })
  const rows = fc.array(row, { minLength: 1, maxLength: 4 })
  fc.assert(fc.property(rows, row, (inserted, members) => {
    const values = inserted.map((cells) => `(${cells.join(', ')})`).join(', ')
    const sql = `insert into t (a) values ${values} returning a in (${members.join(',')})`
    expect(normaliseSql(sql)).toBe('insert into t (a) values ($) returning a in ($)')
  }))
})

const piece = fc.oneof(
  fc.constantFrom(
    'select', 'in', 'values', 'array', '(', ')', '[', ']', ',', ';', '.', '::', ':', '=', '-', '+', '--', '/*', '*/',
    '*', ' ', '\n', "'", '"', '$', '$$', '$a$', '$1', 'E', "e'", 'U&"', "N'", 'null', '1', '.5', '1e5', 'a', 'a$', 'é',
    '\\', '@', "'x'", '"y"', '(1,2)', '<', '>', '?', '#', 'savepoint', 'rollback', 'to', 'prepare', 'a1', '"b2"',
  ),
  fc.string({ maxLength: 4 }),
)

test('normalising twice changes nothing, whatever the text', () => {
  fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
    const once = normaliseSql(pieces.join(''))
    expect(normaliseSql(once)).toBe(once)
  }), { numRuns: 5_000 })
})

test('deep nesting and long lists do not end the harness', () => {
  expect(normaliseSql(`select ${'in ('.repeat(3_000)}1${')'.repeat(3_000)}`)).toContain('in (')
  expect(normaliseSql(`insert into t values ${Array.from({ length: 5_000 }, (_, n) => `(${n}, 'x')`).join(',')}`))
    .toBe('insert into t values ($)')
})

test('long texts are cut and kept apart', () => {
  const long = `a, ${'b, '.repeat(60)}`
  expect(shorten(long)).toHaveLength(120)
  expect(shorten(`${long}x`)).not.toBe(shorten(`${long}y`))
  expect(shorten(long)).toBe(shorten(long))
  expect(shorten('short')).toBe('short')
})
