/**
 * Plants a duplicate of an effect's row, to learn whether the effect's query can see one at all.
 *
 * Everything happens in transactions that are rolled back, so neither the subject nor the log of commits ever sees the
 * copy, and what the query answers is read inside. First the copy goes into the table itself (`live`). Where a
 * constraint or trigger forbids that, a temporary table of the same name and without constraints stands before the
 * real one for this transaction only (`scratch`), and before the views that read it. A function or materialised view
 * with the table's name in its body looks past that table: then nothing was planted and the answer is undefined.
 */
import type { Content } from '../model/effect.ts'
import { sqlStateOf } from './session.ts'
import type { PostgresSession } from './session.ts'

export interface Planted {
  /** The query's whole answer with the copy there. */
  readonly rows: readonly Content[]
  readonly how: 'live' | 'scratch'
}

interface Table {
  readonly oid: string
  readonly schema: string
  readonly name: string
}

interface Candidate {
  readonly table: Table
  /** SQL that finds exactly this row. */
  readonly where: string
}

export async function plantCopy(
  session: PostgresSession, sql: string, identity: string,
): Promise<Planted | undefined> {
  const before = ofIdentity(await session.query(sql), identity)
  let changed: Planted | undefined
  for (const candidate of await findCandidates(session, sql, identity)) {
    for (const { how, statements, query } of await attempts(session, candidate, sql)) {
      const rows = await tryOut(session, statements, query)
      if (rows === undefined) continue
      const after = ofIdentity(rows, identity)
      if (after.length > before.length) return { rows, how }
      // An aggregate shows a copy as other content, not as one more row. A further table may still show it better.
      if (JSON.stringify(after) !== JSON.stringify(before)) changed ??= { rows, how }
    }
  }
  return changed
}

/** The identity is the column `id`, else the first. */
function ofIdentity(rows: readonly Content[], identity: string): Content[] {
  return rows.filter((row) => (Object.hasOwn(row, 'id') ? row.id : Object.values(row)[0]) === identity)
}

const TABLES = `
  select c.oid::text, n.nspname as schema, c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
  order by strpos(lower($1), lower(c.relname)) = 0, n.nspname, c.relname`

/** Rows that hold the identity in a column, inside a value, or as parts that it is put together from. */
async function findCandidates(session: PostgresSession, sql: string, identity: string): Promise<Candidate[]> {
  const tables = await session.query(TABLES, [sql])
  const found: { readonly candidate: Candidate; readonly rank: number }[] = []
  for (const { oid, schema, name } of tables) {
    const table = { oid: oid ?? '', schema: schema ?? '', name: name ?? '' }
    const rows = await session.query(`
      select r.tableoid::text as part, r.ctid::text as place, m.rank::text
      from ${qualified(table)} as r, lateral (
        select min(case when v.value = $1 then 0 when strpos(v.value, $1) > 0 then 1
          when length(v.value) > 3 and strpos($1, v.value) > 0 then 2 end) as rank
        from jsonb_each_text(to_jsonb(r)) as v) as m
      where m.rank is not null order by m.rank limit 3`, [identity])
    for (const { part, place, rank } of rows) {
      const where = `tableoid = ${part}::oid and ctid = '${place}'::tid`
      found.push({ candidate: { table, where }, rank: Number(rank) })
    }
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ candidate }) => candidate)
}

const COLUMNS = `
  select quote_ident(a.attname) as name,
    (a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid), '') ~ 'nextval|uuid')::text as automatic
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by a.attnum`

interface Attempt {
  readonly how: Planted['how']
  readonly statements: readonly string[]
  /** The effect's query, made to look where the copy is. */
  readonly query: string
}

/** From what disturbs least to what always works: a fresh own key, the very same row, the row without constraints. */
async function attempts(
  session: PostgresSession, { table, where }: Candidate, sql: string,
): Promise<readonly Attempt[]> {
  const columns = await session.query(COLUMNS, [table.oid])
  const from = qualified(table)
  const insert = (names: readonly string[]): string => {
    const list = names.join(', ')
    return `insert into ${from} (${list}) overriding system value select ${list} from ${from} where ${where}`
  }
  const all = columns.map((column) => column.name ?? '')
  const given = columns.filter((column) => column.automatic === 'false').map((column) => column.name ?? '')
  const immediate = 'set constraints all immediate'
  const shadow = `pg_temp.${quoted(table.name)}`
  return [
    ...(given.length > 0 && given.length < all.length
      ? [{ how: 'live' as const, statements: [insert(given), immediate], query: sql }]
      : []),
    ...(all.length > 0 ? [{ how: 'live' as const, statements: [insert(all), immediate], query: sql }] : []),
    {
      how: 'scratch' as const,
      statements: [
        `create temporary table ${quoted(table.name)} on commit drop as table ${from}`,
        `insert into ${shadow} select * from ${from} where ${where}`,
        ...await temporaryViews(session, table),
      ],
      query: looksAt(sql, table),
    },
  ]
}

// By oid a view comes after those that it reads. Their text is asked for while the real table is still the visible one.
const VIEWS = `
  select c.relname as name, pg_get_viewdef(c.oid) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and n.nspname not in ('pg_catalog', 'information_schema')
  order by c.oid`

async function temporaryViews(session: PostgresSession, table: Table): Promise<string[]> {
  const views = await session.query(VIEWS)
  return views.map(({ name, text }) => `create temporary view ${quoted(name ?? '')} as ${looksAt(text ?? '', table)}`)
}

/** Takes the schema off the table's name, so that the temporary table of that name is found first. */
function looksAt(sql: string, { schema, name }: Table): string {
  const part = (text: string): string => `"?${text.replaceAll(/[^\w]/g, '\\$&')}"?`
  const named = new RegExp(`(?<![\\w$".])${part(schema)}\\s*\\.\\s*${part(name)}(?![\\w$"])`, 'gi')
  return sql.replaceAll(named, () => quoted(name))
}

/** The query's answer after the statements; undefined where the server refuses one of them. Leaves nothing behind. */
async function tryOut(
  session: PostgresSession, statements: readonly string[], sql: string,
): Promise<readonly Content[] | undefined> {
  await session.query('begin')
  try {
    await session.query("set local lock_timeout = '2s'")
    for (const statement of statements) await session.query(statement)
    return await session.query(sql)
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error
    return undefined
  } finally {
    await session.query('rollback')
  }
}

function qualified(table: Table): string {
  return `${quoted(table.schema)}.${quoted(table.name)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
