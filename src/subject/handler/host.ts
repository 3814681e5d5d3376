/**
 * The process that hosts a handler: it is the subject of a suite that names `subject.handler` in place of a command.
 *
 * Started with the handler's file and the client's name as arguments; what the source's links say comes in the
 * variable below. It takes deliveries through the client's loop, calls the handler, and settles what it has done. An
 * error ends it with exit code 1: whoever orchestrates it starts the next one.
 */
import { pathToFileURL } from 'node:url'
import type { LambdaHandler } from './lambda.ts'
import type { Handler, Loop } from './message.ts'

/** Holds the link's template fields as a JSON object. */
export const SETTINGS_VARIABLE = 'ONCEPROOF_HANDLER_SOURCE'

/** Its handler takes whole events. */
const LAMBDA = 'lambda'

const loops: Readonly<Record<string, () => Promise<{ readonly loop: Loop }>>> = {
  amqplib: () => import('./amqplib.ts'),
  kafkajs: () => import('./kafkajs.ts'),
  platformatic: () => import('./platformatic.ts'),
  sqs: () => import('./sqs.ts'),
}

async function main([file = '', client = '']: readonly string[]): Promise<void> {
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort())
  const settings = parseSettings(process.env[SETTINGS_VARIABLE])
  if (client === LAMBDA) {
    const { serve } = await import('./lambda.ts')
    await serve(settings, parseLambda(await import(pathToFileURL(file).href), file), ending.signal)
    return
  }
  const open = loops[client]
  if (open === undefined) throw new TypeError(`there is no client '${client}'; one of ${Object.keys(loops).join(', ')}`)
  const [{ loop }, handler] = await Promise.all([open(), loadHandler(file)])
  const context = { client, signal: ending.signal }
  await loop.consume(settings, async (message) => handler(message, context), ending.signal)
}

async function loadHandler(file: string): Promise<Handler> {
  const loaded: unknown = await import(pathToFileURL(file).href)
  return parseHandler(loaded, file)
}

function parseHandler(loaded: unknown, file: string): Handler {
  const { handle, default: only } = loaded as { readonly handle?: unknown; readonly default?: unknown }
  const handler = handle ?? only
  if (typeof handler !== 'function') {
    throw new TypeError(`${file} exports no function 'handle', and none as its default`)
  }
  return handler as Handler
}

function parseLambda(loaded: unknown, file: string): LambdaHandler {
  const { handler, default: only } = loaded as { readonly handler?: unknown; readonly default?: unknown }
  const found = handler ?? only
  if (typeof found !== 'function') {
    throw new TypeError(`${file} exports no function 'handler', and none as its default`)
  }
  return found as LambdaHandler
}

function parseSettings(text: string | undefined): Readonly<Record<string, string>> {
  return JSON.parse(text ?? '{}') as Readonly<Record<string, string>>
}

try {
  await main(process.argv.slice(2))
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
  process.exit(1)
}
