/**
 * One connection of the harness's own to one database, opened when it is first needed.
 *
 * Every value is text exactly as the server prints it: no dates, numbers or booleans are made of it, and the settings
 * that change how a value is printed are pinned, so that two readings of the same row are equal.
 * It never retries and never runs a statement twice; after a lost connection the next statement opens a new one.
 */
import pg from 'pg'
import { EnvironmentError } from '../lib/errors.ts'
import type { Content } from '../model/effect.ts'

export interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Shown in the server's log and in pg_stat_activity. */
  readonly application: string
}

const CONNECT_LIMIT_MS = 10_000
const STATEMENT_LIMIT_MS = 30_000

// synchronous_commit matters to the barrier before a slot is read; the others to how values are printed.
const PINNED = [
  'TimeZone=UTC', 'DateStyle=ISO', 'IntervalStyle=postgres', 'bytea_output=hex', 'extra_float_digits=1',
  'synchronous_commit=on',
].map((setting) => `-c ${setting}`).join(' ')

export class PostgresSession implements AsyncDisposable {
  readonly #login: Login
  readonly #opened: () => void
  #client: Promise<pg.Client> | undefined

  /** `opened` is called for each connection that the server accepted. */
  constructor(login: Login, opened: () => void = () => {}) {
    this.#login = login
    this.#opened = opened
  }

  /** Rows of the last statement. A column name that comes twice gets a number: `id`, `id_2`. */
  async query(sql: string, values: readonly string[] = []): Promise<Content[]> {
    const client = await this.connect()
    try {
      const answer: unknown = values.length === 0
        ? await client.query({ text: sql, rowMode: 'array' })
        : await client.query({ text: sql, values: [...values], rowMode: 'array' })
      return decodeAnswer(answer)
    } catch (error) {
      const state = sqlStateOf(error)
      // Class 57P: the server ends the session right after it has said so.
      if (state === undefined || state.startsWith('57P')) this.#client = undefined
      if (state !== undefined) throw error
      throw new EnvironmentError(`${this.#where()} lost the connection: ${messageOf(error)}.`, { cause: error })
    }
  }

  async connect(): Promise<pg.Client> {
    if (this.#client === undefined) {
      // Only this connection's own end may forget it: by then there may be a next one.
      const opening = this.#open(() => {
        if (this.#client === opening) this.#client = undefined
      })
      this.#client = opening
    }
    return await this.#client
  }

  async #open(forget: () => void): Promise<pg.Client> {
    const { application, ...target } = this.#login
    const client = new pg.Client({
      ...target,
      application_name: application,
      options: PINNED,
      statement_timeout: STATEMENT_LIMIT_MS,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      types: { getTypeParser: () => (value: unknown) => value },
    })
    // A connection that the server ends is no event of the run: the next statement says so if it matters.
    client.on('error', forget)
    client.on('end', forget)
    try {
      await client.connect()
    } catch (error) {
      forget()
      throw new EnvironmentError(`${this.#where()} accepted no connection: ${messageOf(error)}.`, { cause: error })
    }
    this.#opened()
    return client
  }

  #where(): string {
    const { host, port, database } = this.#login
    return `Postgres at ${host}:${port}/${database}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    await client.then((open) => open.end(), () => undefined)
  }
}

/** SQLSTATE of an error that the server answered; undefined for a broken connection or a bug of ours. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function decodeAnswer(answer: unknown): Content[] {
  // Several statements in one text give one result each.
  const last: unknown = Array.isArray(answer) ? answer.at(-1) : answer
  const { rows, fields } = last as pg.QueryArrayResult<(string | null)[]>
  const names = distinctNames(fields.map((field) => field.name))
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])))
}

function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`
    taken.add(free)
    return free
  })
}
