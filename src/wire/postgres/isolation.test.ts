/** Which errors of contention a statement can meet where it stands: by its words, its transaction and its isolation. */
import { serialize } from 'pg-protocol'
import { expect, test } from 'vitest'
import { encodeMessage } from './messages.ts'
import { postgresWire } from './wire.ts'

/** Errors of the last of these texts, which follow each other on one connection. */
function contention(...texts: readonly string[]): readonly string[] {
  const session = postgresWire.open()
  session.request(serialize.startup({ user: 'u', database: 'd' }))
  session.reply(Buffer.concat([encodeMessage('R', Buffer.alloc(4)), encodeMessage('Z', Buffer.from('I'))]))
  const units = session.request(Buffer.concat(texts.map((sql) => serialize.query(sql))))
  return units.findLast((unit) => unit.starts !== undefined)?.starts?.errors ?? []
}

test.each([
  'insert into t values (1)', 'update t set a = 1', 'delete from t',
  'merge into t using u on a = b when matched then delete', 'select * from t for update',
  'select * from t where a = 1 for no key update skip locked', 'select 1 from t for share',
  'select my_function(1)', 'select s.my_function(1)', 'select "now"()', 'select pg_advisory_xact_lock(1)',
  'with a as (insert into t values (1) returning *) select * from a', 'lock table t', 'truncate t', 'call p()',
  'do $$ begin end $$', 'insert into t values (1); update t set a = 2',
])('%s can deadlock', (sql) => {
  expect(contention(sql)).toEqual(['40P01'])
  expect(contention('begin', sql)).toEqual(['40P01'])
})

test.each([
  'select * from t', 'select now()', 'select current_timestamp, count(*) from t', "select nextval('s')",
  "select set_config('a', 'b', true)", "select pg_notify('a', 'b')", 'select pg_try_advisory_xact_lock(1)',
  "select substring(a from 1 for 2) from t", 'begin', 'savepoint a', 'release a', 'rollback', 'set a = 1', 'show all',
  'listen a', 'copy t from stdin', 'begin; insert into t values (1); commit', '',
  'with a (b) as (select 1) select b from a',
])('%s can not', (sql) => {
  expect(contention(sql)).toEqual([])
})

const RR = 'begin isolation level repeatable read'
const SERIALIZABLE = 'begin isolation level serializable'

test.each([
  [['begin', 'update t set a = 1'], false],
  [['begin isolation level read committed', 'update t set a = 1'], false],
  [[RR, 'update t set a = 1'], true],
  [[RR, 'delete from t'], true],
  [[RR, 'select * from t for update'], true],
  [[RR, 'insert into t values (1) on conflict do nothing'], true],
  [[RR, 'insert into t values (1)'], false],
  [[RR, 'select * from t'], false],
  [[RR, 'lock t'], false],
  [[RR, 'select pg_advisory_lock(1)'], false],
  [[RR, 'commit'], false],
  [[RR, 'rollback', 'update t set a = 1'], false],
  [['START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE', 'update t set a = 1'], true],
  [[SERIALIZABLE, 'insert into t values (1)'], true],
  [[SERIALIZABLE, 'select * from t'], true],
  [[SERIALIZABLE, 'select 1'], false],
  [[SERIALIZABLE, 'commit'], true],
  [[SERIALIZABLE, 'insert into t values (1)', 'end'], true],
  [[SERIALIZABLE, 'rollback'], false],
  [[SERIALIZABLE, 'savepoint a'], false],
  [[SERIALIZABLE, 'commit and chain'], true],
  [['begin', 'set transaction isolation level serializable', 'commit'], true],
  [['begin', "set local transaction_isolation = 'serializable'", 'commit'], true],
  [['begin', 'set transaction isolation level serializable', 'commit', 'begin', 'commit'], false],
  [['begin; set transaction isolation level serializable', 'commit'], true],
  [['set transaction isolation level serializable', 'update t set a = 1'], false],
  [['set session characteristics as transaction isolation level serializable', 'update t set a = 1'], true],
  [['set session characteristics as transaction isolation level serializable', 'begin', 'commit'], true],
  [['set session characteristics as transaction isolation level serializable',
    'begin isolation level read committed', 'commit'], false],
  [['set session characteristics as transaction read only', 'update t set a = 1'], false],
  [["set default_transaction_isolation to 'repeatable read'", 'update t set a = 1'], true],
  [['set default_transaction_isolation = serializable', 'update t set a = 1'], true],
  [["set default_transaction_isolation = 'serializable'", 'discard all', 'update t set a = 1'], false],
  [["set default_transaction_isolation = 'serializable'", 'reset default_transaction_isolation', 'delete from t'],
    false],
  [["set default_transaction_isolation = 'serializable'", 'set default_transaction_isolation = default',
    'update t set a = 1'], false],
] as const)('after %j: a serialization failure is possible: %s', (texts, possible) => {
  expect(contention(...texts).includes('40001')).toBe(possible)
})

test('a failed transaction has one error for everything', () => {
  const session = postgresWire.open()
  session.request(serialize.startup({ user: 'u', database: 'd' }))
  session.reply(Buffer.concat([encodeMessage('R', Buffer.alloc(4)), encodeMessage('Z', Buffer.from('I'))]))
  session.request(serialize.query(SERIALIZABLE))
  session.reply(Buffer.concat([encodeMessage('C', Buffer.from('BEGIN\0')), encodeMessage('Z', Buffer.from('E'))]))
  for (const sql of ['update t set a = 1', 'commit']) {
    expect(session.request(serialize.query(sql))[0]?.starts?.errors).toBeUndefined()
  }
})
