/**
 * What a suite may say of a table that is a queue: a table of jobs, an outbox. Predicates are the subject's own words
 * for a row that is over; without any a row is over when it is gone.
 */
import { z } from 'zod'
import { duration } from '../lib/duration.ts'
import { linkKind } from '../model/kind.ts'

/** Goes into statements as it stands, between quotes. */
const name = z.string().regex(/^[A-Za-z_][\w$]*$/, 'a name is letters, digits and _')
const tableName = z.string().regex(/^(?:[A-Za-z_][\w$]*\.)?[A-Za-z_][\w$]*$/, 'a table, with its schema or without')
const predicate = z.string().min(1)

export const postgresQueueKind = linkKind({
  settings: z.strictObject({
    in: z.string().optional().meta({
      title: 'the name of a database', examples: ["in: 'db'"],
      description: 'The database that the table is in; may be left out when there is one',
    }),
    table: tableName.optional().meta({
      title: 'the name of a table', examples: ["table: 'jobs'"],
      description: 'Made by the setup commands; the name of the source by default',
    }),
    id: name.default('id').describe('The column that names a row, in the words of what the subject selects'),
    payload: name.default('payload').describe('The column that holds the body of a message'),
    messageId: name.optional().describe("The column that gets the message's id; none by default"),
    done: predicate.optional().meta({
      title: 'a predicate', examples: ["done: \"status = 'done'\""],
      description: 'When a row is over that is still there; by default a row is over when it is gone',
    }),
    dead: predicate.optional().meta({
      title: 'a predicate', examples: ["dead: \"status = 'failed'\""],
      description: "When a row was given up: what expect.deadLetter calls 'dead'",
    }),
    lease: duration.optional().meta({
      title: 'a duration', examples: ["lease: '2s'"],
      description: "How long a claim lasts that is a value of the row; without it a claim is its transaction's lock",
    }),
  }),
  named: 'table',
  lodgesIn: 'postgres',
  queues: ({ dead }) => (dead === undefined ? [] : ['dead']),
  fields: () => [],
})
