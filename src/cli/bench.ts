/**
 * `npm run bench`: what a kill costs with the shipped Node and Python consumers, beside the floor of bare process
 * starts, in one run. A benchmark, not a test: it fails only where it can't measure.
 *
 * What is loaded for the floor is what the consumers import, by the caller's own interpreters, as in the campaigns.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { packageFolder } from '../lib/package-info.ts'
import { exitCodes } from '../model/verdict.ts'
import { runBench, type BenchSubject } from '../run/bench.ts'
import { parseCount } from './arguments.ts'
import { benchLines, type MachineFacts } from './bench-table.ts'
import { newSeed } from './certify-command.ts'
import { failureOf } from './failure.ts'
import { interruption } from './interruption.ts'

const demo = join(packageFolder, 'suites', 'demo')

const subjects: readonly BenchSubject[] = [
  {
    suite: join(demo, 'right.suite.yaml'),
    bare: ['--input-type=module', '--eval', "import 'amqplib'; import 'pg'"],
  },
  { suite: join(demo, 'python-right.suite.yaml'), bare: ['-c', 'import json, os, signal, pika, psycopg'] },
]

interface Options {
  readonly rounds: number
  readonly kills: number
  readonly only: string
  readonly json?: true
}

async function main(): Promise<number> {
  const options = new Command('bench')
    .option('--rounds <n>', 'rounds, each through all subjects and modes', parseCount, 5)
    .option('--kills <n>', 'counted kills of each mode in each round', parseCount, 12)
    .option('--only <text>', 'suites whose file name contains this', '')
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
    const result = await runBench({
      subjects: subjects.filter(({ suite }) => suite.slice(demo.length).includes(options.only)),
      rounds: options.rounds, kills: options.kills, cores: machine.cores, out, seed: newSeed(), signal: stop.signal,
      say,
    })
    if (options.json === true) process.stdout.write(`${JSON.stringify({ machine, ...result }, undefined, 2)}\n`)
    else for (const line of benchLines(machine, result)) say(line)
    return exitCodes.certified
  } catch (error) {
    const failure = failureOf(stop.signal.aborted ? stop.signal.reason : error, process.env)
    process.stderr.write(`${failure.text}\n`)
    return failure.exitCode
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function describeMachine(): MachineFacts {
  return {
    cores: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown processor', kernel: release(),
    node: process.version, loadAtStart: loadavg(),
  }
}

process.exit(await main())
