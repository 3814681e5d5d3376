/**
 * Kinds, roles and the allow-list of reads, as tables.
 */
import { expect, test } from 'vitest'
import { parseStatement, roleOf, statusAfter } from './statement.ts'

test.each([
  ['insert into t values (1)', 'INSERT', 'into t values ($)'],
  ['/* app:x */ COMMIT;', 'COMMIT', ''],
  ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'BEGIN', 'ISOLATION LEVEL SERIALIZABLE'],
  ['(select 1)', 'SELECT', '($)'],
  ['with a as (select 1) select * from a', 'WITH', 'a as (select $) select * from a'],
  ['/* trace=1 */ SAVEPOINT "s7_x1"', 'SAVEPOINT', '$'],
  ['-- ping', 'EMPTY', ''],
  [';', 'EMPTY', ''],
  ['?', 'SQL', '?'],
])('%s is %s', (sql, kind, text) => {
  expect(parseStatement(sql)).toMatchObject({ kind, text })
})

test.each([
  ['begin', 'I', 'begin', 'T'],
  ['start transaction read only', 'I', 'begin', 'T'],
  ['commit', 'T', 'commit', 'I'],
  ['end', 'E', 'commit', 'I'],
  ['commit and chain', 'T', 'commit', 'T'],
  ['commit and no chain', 'T', 'commit', 'I'],
  ['rollback', 'T', 'rollback', 'I'],
  ['abort', 'T', 'rollback', 'I'],
  ['rollback and chain', 'T', 'rollback', 'T'],
  ['rollback to savepoint a', 'E', 'inside', 'E'],
  ['rollback work to a', 'T', 'inside', 'T'],
  ['savepoint a', 'T', 'inside', 'T'],
  ['release a', 'T', 'inside', 'T'],
  ['insert into t values (1)', 'I', 'auto', 'I'],
  ['insert into t values (1)', 'T', 'inside', 'T'],
  ["prepare transaction 'x'", 'T', 'rollback', 'I'],
  ["commit prepared 'x'", 'I', 'auto', 'I'],
  ["rollback prepared 'x'", 'I', 'auto', 'I'],
  ['begin; insert into t values (1); commit', 'I', 'auto', 'I'],
  ['begin; insert into t values (1)', 'I', 'begin', 'T'],
  ['insert into t values (1); commit', 'T', 'commit', 'I'],
  ['commit; begin', 'T', 'commit', 'T'],
  ['create function f() returns int begin atomic select 1; commit; end', 'I', 'auto', 'I'],
  ['create rule r as on insert to t do (select 1; select 2)', 'I', 'auto', 'I'],
] as const)('%s at %s is %s and leads to %s', (sql, status, role, after) => {
  const statement = parseStatement(sql)
  expect(roleOf(statement, status)).toBe(role)
  expect(statusAfter(statement, status)).toBe(after)
})

test.each([
  'begin', 'start transaction', 'set search_path to x', 'set local a = 1', 'show all', 'discard all', 'reset all',
  'deallocate a', 'prepare a as insert into t values (1)', 'select 1', 'select * from t where a = $1', 'values (1)', '',
  "select count(*), coalesce(max(a), 0), lower('X'), to_char(now(), 'YYYY'), json_build_object('a', 1) from t",
  'select pg_catalog.version', 'with a as (select 1) select * from a where b in (1, 2)', 'table t',
  'select row_number() over (partition by a order by b) from t', 'select a::numeric(10, 2) from t',
  'select * from a join lateral (select 1) b on (true)', 'select current_timestamp(3)',
  'select clock_timestamp(), localtimestamp(0), random()', "select jsonb_set(a, '{b}', '1') from t",
])('%s reads', (sql) => {
  expect(parseStatement(sql).reads).toBe(true)
})

test.each([
  'commit', 'rollback', 'end', 'savepoint a', 'insert into t values (1)', 'update t set a = 1', 'delete from t',
  "select nextval('s')", "select setval('s', 1)", 'select pg_advisory_lock(1)', 'select my_function(1)',
  'select json_my_function(1)', 'select * from my_function(1)', 'select a from t where a = my_function (1)',
  'select s.count(1)', 'select "count"(1)', 'select * from t for no key update skip locked',
  'select * from t for key share', 'select * from t for update', 'select * from t for share',
  'select 1 into t',
  'with a as (insert into t values (1) returning *) select * from a', 'with a as (delete from t) select 1',
  "select set_config('a', 'b', false)", 'set constraints all immediate', "set a = f('x')", 'copy t from stdin',
  'call p()', 'do $$ begin end $$', 'execute a', "prepare transaction 'x'", 'lock t', 'truncate t', 'create table t ()',
  'listen a', 'notify a', 'fetch all from c', 'declare c cursor for select 1', 'select 1; insert into t values (1)',
  'explain analyze delete from t', 'merge into t using u on a = b when matched then delete', 'vacuum', 'nonsense',
])('%s may change state', (sql) => {
  expect(parseStatement(sql).reads).toBe(false)
})

test.each([
  ["insert into t values ('it''s', 12.5, E'a\\nb', $$x$$, $1)", ["it's", '12.5', 'a\nb', 'x']],
  ['select 1', ['1']],
])('literals of %s', (sql, literals) => {
  expect(parseStatement(sql).literals).toEqual(literals)
})

test.each(['call p()', 'do $$ $$', 'vacuum', 'create database x', 'create index concurrently a on t (b)'])(
  '%s may commit on its own', (sql) => {
    expect(parseStatement(sql).commitsItself).toBe(true)
  },
)
