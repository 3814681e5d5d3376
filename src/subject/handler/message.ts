/**
 * What a handler that we host is given, whatever broker its message came from: the same function can be certified on
 * each of them. These types are part of the public API.
 */

/** One delivery. */
export interface HandlerMessage {
  /** The producer's id of it: the header `message-id`, or the property of that name where the broker has one. */
  readonly id: string | undefined
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The body as JSON. Throws SyntaxError where it is none. */
  json(): unknown
}

/** What a handler may ask of its surroundings. */
export interface HandlerContext {
  /** Name of the client that runs the loop: `kafkajs`, `platformatic`, `amqplib`, `sqs`. */
  readonly client: string
  /** Aborted when the process was asked to end; the delivery in hand is still finished. */
  readonly signal: AbortSignal
}

/**
 * Does the work of one message. It is settled when the returned promise resolves; when it rejects the process ends with
 * exit code 1, and the broker hands the message to the next one.
 */
export type Handler = (message: HandlerMessage, context: HandlerContext) => Promise<void> | void

/** The loop of one client: takes deliveries one by one until the signal, settles each after `handle`. */
export interface Loop {
  consume(
    settings: Readonly<Record<string, string>>, handle: (message: HandlerMessage) => Promise<void>, signal: AbortSignal,
  ): Promise<void>
}

export function messageOf(body: string, headers: Readonly<Record<string, string>>, id?: string): HandlerMessage {
  return { id: id ?? headers['message-id'], body, headers, json: (): unknown => JSON.parse(body) }
}

/** A setting that the suite's template has filled in. Throws Error with its name where it is missing. */
export function settingOf(settings: Readonly<Record<string, string>>, name: string): string {
  const value = settings[name]
  if (value === undefined) throw new TypeError(`the source does not say its ${name}`)
  return value
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
