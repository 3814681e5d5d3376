/**
 * Applies a file of SQL to the database of a zoo suite: `node migrate.mjs schema.sql`, run by the suite's `setup`.
 *
 * The statements are sent as they stand, in one go; there is no bookkeeping, because a setup runs once per stack.
 */
import { readFile } from 'node:fs/promises'
import pg from 'pg'

const [file = 'schema.sql'] = process.argv.slice(2)
const db = new pg.Client({ connectionString: process.env.DATABASE_URL })
await db.connect()
await db.query(await readFile(file, 'utf8'))
await db.end()
