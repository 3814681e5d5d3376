/**
 * The table of databases that a suite can name. A new one is one file beside this and one line here.
 */
import type { Database } from '../model/edges.ts'
import { postgres } from './postgres.ts'

export const databases: Readonly<Record<string, Database>> = { postgres }
