#!/usr/bin/env node
/**
 * The command as the shell starts it. Only says on an old Node that it is old, and loads the rest otherwise.
 *
 * What is in here and in node-version.ts has to parse on Nodes that know nothing newer than ES modules; everything
 * else is imported after the check. Node's own exit code for an uncaught error is 1, which here means a violation:
 * no way out of this file may end in it.
 */
import { tooOld } from './node-version.ts'

const sentence = tooOld(process.versions.node)
if (sentence === undefined) {
  import('./main.ts').then((main) => main.runAndExit(process.argv.slice(2)), failed)
} else {
  process.stderr.write(sentence + '\n')
  process.exitCode = 3
}

function failed(error: unknown): void {
  process.stderr.write('onceproof is not installed completely: ' + String(error) + '\n')
  process.exitCode = 3
}
