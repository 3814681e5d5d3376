/**
 * What a suite may say of a Postgres database (nothing yet), and what templates may say of it.
 */
import { z } from 'zod'
import { linkKind } from '../model/kind.ts'

export const postgresKind = linkKind({
  settings: z.strictObject({}),
  fields: () => ['address', 'url', 'host', 'port', 'user', 'password', 'database'],
})
