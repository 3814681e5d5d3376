/**
 * A reporter that ends a test run with `N passed, N failed` in a line of its own, which .ci/run and people read.
 *
 * A file that could not be loaded and an error outside any test count as failed: they must not look like nothing.
 */
import type { Reporter } from 'vitest/node'

export function closingLine(): Reporter {
  return {
    onTestRunEnd: (modules, errors) => {
      const tests = modules.flatMap((module) => [...module.children.allTests()])
      const passed = tests.filter((test) => test.ok() && test.result().state === 'passed').length
      const failed = tests.filter((test) => !test.ok()).length
      const skipped = tests.length - passed - failed
      const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
      process.on('exit', () => {
        process.stdout.write(`${passed} passed, ${failed + skipped + broken} failed\n`)
      })
    },
  }
}
