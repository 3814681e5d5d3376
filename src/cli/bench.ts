/**
 * `npm run bench`: what a kill costs with the shipped Node and Python consumers and with the zoo's inbox consumers on
 * other brokers, beside the floor of bare process starts, and what each fault of a sweep costs over the shipped inbox
 * consumer, in one run. A benchmark, not a test: it fails only where it can't measure.
 *
 * What is loaded for the floor is what the consumers import, by the caller's own interpreters, as in the campaigns.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { packageFolder } from '../lib/package-info.ts'
import { exitCodes } from '../model/verdict.ts'
import type { Progress } from '../model/run.ts'
import { runBench, type BenchSubject } from '../run/bench.ts'
import { runCost } from '../run/bench-cost.ts'
import { parseCount } from './arguments.ts'
import { costLines } from './bench-cost-table.ts'
import { benchLines, machineLines, type MachineFacts } from './bench-table.ts'
import { newSeed } from './certify-command.ts'
import { failureOf } from './failure.ts'
import { interruption } from './interruption.ts'

const shipped = join(packageFolder, 'suites')
const demo = join(shipped, 'demo')
const correct = join(shipped, 'zoo', 'correct')

const subjects: readonly BenchSubject[] = [
  {
    suite: join(demo, 'right.suite.yaml'),
    bare: ['--input-type=module', '--eval', "import 'amqplib'; import 'pg'"],
  },
  { suite: join(demo, 'python-right.suite.yaml'), bare: ['-c', 'import json, os, signal, pika, psycopg'] },
  // With their clients' defaults: sessions of 30 s, a visibility of 30 s.
  {
    suite: join(correct, 'kafka-inbox', 'right.suite.ts'),
    bare: ['--input-type=module', '--eval', "import 'kafkajs'; import 'pg'"],
  },
  {
    suite: join(correct, 'sqs-inbox', 'right.suite.ts'),
    bare: ['--input-type=module', '--eval', "import '@aws-sdk/client-sqs'; import 'pg'"],
  },
]

/** The inbox pattern and nothing else: marker and row are one transaction, one message at a time. */
const inbox = join(demo, 'right.suite.yaml')
/** What `--only` calls the cost of a sweep. */
const COST = 'cost'

interface Options {
  readonly rounds: number
  readonly kills: number
  readonly only: string
  readonly cells: number
  readonly json?: true
}

async function main(): Promise<number> {
  const options = new Command('bench')
    .option('--rounds <n>', 'rounds, each through all subjects and modes', parseCount, 5)
    .option('--kills <n>', 'counted kills of each mode in each round', parseCount, 12)
    .option('--only <text>', `kills of suites whose file name contains this; ${COST}: the cost of a sweep`, '')
    .option('--cells <n>', 'cells side by side in a sweep', parseCount, 2)
    .option('--json', 'one object on stdout, progress on stderr')
    .parse().opts<Options>()
  const machine = describeMachine()
  using stop = interruption(process)
  const out = mkdtempSync(join(tmpdir(), 'onceproof-bench-'))
  const say = (text: string): void => {
    const stream = options.json === true ? process.stderr : process.stdout
    stream.write(`${text}\n`)
  }
  try {
    const [seed, { signal }] = [newSeed(), stop]
    const chosen = subjects.filter(({ suite }) => suite.slice(shipped.length).includes(options.only))
    const result = chosen.length === 0 ? undefined : await runBench({
      subjects: chosen, rounds: options.rounds, kills: options.kills, cores: machine.cores, out, seed, signal, say,
    })
    const cost = !COST.includes(options.only) ? undefined : await runCost({
      suite: inbox, profiles: ['quick', 'full'], cells: options.cells, out, seed, signal, progress: progressOf(say),
    })
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ machine, ...result, cost }, undefined, 2)}\n`)
    } else {
      for (const line of machineLines(machine, result?.versions ?? cost?.versions ?? {})) say(line)
      if (result !== undefined) for (const line of benchLines(machine, result)) say(line)
      if (cost !== undefined) for (const line of ['', ...costLines(machine, cost)]) say(line)
    }
    return exitCodes.certified
  } catch (error) {
    const failure = failureOf(stop.signal.aborted ? stop.signal.reason : error, process.env)
    process.stderr.write(`${failure.text}\n`)
    return failure.exitCode
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** One line per phase: what is measured is not slowed down by a terminal. */
function progressOf(say: (text: string) => void): Progress {
  return { phase: (suite, phase, detail) => say(`${suite} ${phase} ${detail}`), step: () => undefined, line: say }
}

function describeMachine(): MachineFacts {
  return {
    cores: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown processor', kernel: release(),
    node: process.version, loadAtStart: loadavg(),
  }
}

process.exit(await main())
