/**
 * Commands and their options. Each command's code is loaded when it is called, so that `--help` costs nothing.
 *
 * Errors of usage end with 3 like everything that could not be run; 1 and 2 are verdicts and nothing else.
 */
import { Command, CommanderError, Option } from 'commander'
import { UsageError } from '../lib/errors.ts'
import { packageVersion } from '../lib/package-info.ts'
import { exitCodes } from '../model/verdict.ts'
import { commandText, parseBudget, parseCount, parseEnvironment, parseList, parseProfile } from './arguments.ts'
import type { BaselineArguments } from './baseline-command.ts'
import type { CertifyArguments, CommandCall } from './certify-command.ts'
import { failureOf } from './failure.ts'
import { interruption } from './interruption.ts'

type Work = (call: CommandCall) => Promise<number>
type Choose = (work: Work) => void

/** Never returns: handles that somebody forgot must not keep a finished run alive. */
export async function runAndExit(words: readonly string[]): Promise<void> {
  process.stdout.on('error', leaveOnClosedPipe)
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${failureOf(error, process.env).text}\n`)
    process.exit(exitCodes.unable)
  })
  process.exit(await run(words))
}

/** The exit code. */
export async function run(words: readonly string[]): Promise<number> {
  using stop = interruption(process)
  let folder: string | undefined
  try {
    const work = await parse(words)
    return await work?.({ command: commandText(words), signal: stop.signal, keep: (made) => { folder = made } })
      ?? exitCodes.certified
  } catch (error) {
    // What fails while everything is being stopped fails because of that.
    const failure = failureOf(stop.signal.aborted ? stop.signal.reason : error, process.env, folder)
    process.stderr.write(`${failure.text}\n`)
    return failure.exitCode
  }
}

/** The work of the command that was called; none where its help was printed. Nothing runs while a line is parsed. */
async function parse(words: readonly string[]): Promise<Work | undefined> {
  const chosen: Work[] = []
  try {
    await createProgram((work) => chosen.push(work)).parseAsync([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw new UsageError(commanderSentence(error))
  }
  return chosen[0]
}

/** A reader like `head` has seen enough; what it is not shown is in the files. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function createProgram(choose: Choose): Command {
  const program = new Command('onceproof')
    .description('Proves that a consumer\'s side effects happen once, or shows the crash that breaks it')
    .version(packageVersion).exitOverride().showHelpAfterError(false)
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', '\nExit codes: 0 certified, 1 violated, 2 inconclusive, 3 could not run, 130 interrupted')
  addCertify(program, choose)
  addInstall(program, choose)
  addStored(program, choose)
  addAbout(program, choose)
  return program
}

function addCertify(program: Command, choose: Choose): void {
  const seed = new Option('--seed <text>', 'seed of the schedule and the workload; random by default')
  const cells = new Option('--cells <n>', 'cells that work side by side').argParser(parseCount).default(2)
  const out = new Option('--out <dir>', 'run folder; reports/<time>-<seed> by default')
  const budget = new Option('--budget <time>', 'begin no new steps after this long, as in 10m').argParser(parseBudget)
  program.command('certify').summary('Certifies suites')
    .description('Runs suites on real brokers and judges what is left')
    .argument('<suite...>', 'suite files: .ts, .mts, .js, .mjs, .yaml, .yml or .json')
    .addOption(out).option('--json', 'print report.json and nothing else on stdout')
    .option('--env <name>', 'native, docker or external', parseEnvironment).addOption(seed)
    .option('--faults <names>', 'these faults only, as in kill,cut', parseList)
    .option('--profile <name>', 'quick or full; the suite\'s by default', parseProfile)
    .addOption(budget).addOption(cells)
    .option('--junit <file>', 'also write JUnit XML; in CI it is junit.xml in the run folder by default')
    .option('--exhaustive', 'kill at every raw frame boundary too, and compare with the named points')
    .action((suites: string[], given: CertifyArguments) => choose(async (call) =>
      (await import('./certify-command.ts')).certifyCommand({ ...given, suites }, call)))
  program.command('baseline').summary('Shows the points of a suite')
    .description('Runs fault-free baselines and says whether all find the same points; 0 when they do, else 2')
    .argument('<suite>', 'suite file')
    .addOption(new Option('--times <n>', 'how many baselines').argParser(parseCount).default(3))
    .addOption(seed).addOption(out).option('--json', 'print the points as JSON')
    .action((suite: string, given: Omit<BaselineArguments, 'suite'>) => choose(async (call) =>
      (await import('./baseline-command.ts')).baselineCommand({ ...given, suite }, call)))
  program.command('demo').summary('Certifies a right and a broken consumer')
    .description('Certifies a shipped right consumer and a shipped broken one; 0 when both come out as they must')
    .addOption(out).addOption(seed).addOption(cells)
    .action((given: Omit<CertifyArguments, 'suites'>) => choose(async (call) =>
      (await import('./demo-command.ts')).demoCommand(given, call)))
}

function addInstall(program: Command, choose: Choose): void {
  program.command('setup').description('Installs the brokers and tools that are missing, after printing its plan')
    .argument('[part...]', 'only these; `doctor` lists them')
    .option('--yes', 'go on without asking')
    .action((names: string[], given: { yes?: true }) => choose(async ({ signal }) =>
      (await import('./parts-command.ts')).setupCommand(names, given.yes === true, signal)))
  program.command('doctor')
    .description('Lists every part with version, source and state, and what to type for a missing one')
    .option('--json', 'as JSON')
    .action((given: { json?: true }) => choose(async () =>
      (await import('./parts-command.ts')).doctorCommand(given.json === true)))
}

function addStored(program: Command, choose: Choose): void {
  program.command('replay').description('Runs a finding again, n times in clean cells, and says k of n')
    .argument('<finding>', 'id of a finding, or its file repro/ID.json')
    .addOption(new Option('--times <n>', 'how often').argParser(parseCount).default(5))
    .option('--out <dir>', 'run folder').option('--json', 'print the outcome as JSON')
    .action((finding: string, given: { times: number; out?: string; json?: true }) => choose(async (call) =>
      (await import('./stored-command.ts')).replayCommand({ finding, ...given }, call)))
  program.command('recheck').description('Judges a stored run again from its journals, without brokers')
    .argument('[dir]', 'run folder', 'reports/latest').option('--json', 'print the report as JSON')
    .action((folder: string, given: { json?: true }) => choose(async () =>
      (await import('./stored-command.ts')).recheckCommand(folder, given.json === true)))
  program.command('report').description('Makes index.html of a stored run again; judges nothing')
    .argument('[dir]', 'run folder', 'reports/latest').option('--junit <file>', 'also write JUnit XML')
    .action((folder: string, given: { junit?: string }) => choose(async () =>
      (await import('./stored-command.ts')).reportCommand(folder, given.junit)))
}

function addAbout(program: Command, choose: Choose): void {
  program.command('explain').description('Prints every value of a suite with where it comes from')
    .argument('<suite>', 'suite file').option('--json', 'as JSON')
    .action((suite: string, given: { json?: true }) => choose(async () =>
      (await import('./about-command.ts')).explainCommand(suite, given.json === true)))
  program.command('schema').description('Prints the JSON schema of a suite or of report.json')
    .argument('[what]', 'suite or report', 'suite')
    .action((what: string) => choose(async () => (await import('./about-command.ts')).schemaCommand(what)))
  program.command('list').description('Lists faults, anomalies, and kinds of sources and dependencies')
    .option('--json', 'as JSON')
    .action((given: { json?: true }) => choose(async () =>
      (await import('./about-command.ts')).listCommand(given.json === true)))
}

/** Commander's text without its prefix; its suggestion stands in a line of its own. */
function commanderSentence(error: CommanderError): string {
  if (error.code === 'commander.help') return 'name a command; onceproof --help lists them'
  return error.message.replace(/^error: /, '').replaceAll('\n', ' ')
}
