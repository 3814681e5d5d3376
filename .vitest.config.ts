/**
 * Two sets of tests: `x.test.ts` needs nothing but a loopback address, `x.it.ts` starts real servers, one file after
 * the other. Nothing is retried. The seed of generated values is printed; CI has to say it.
 */
import { randomInt } from 'node:crypto'
import { defineConfig } from 'vitest/config'
import { closingLine } from './.ci/closing-line.ts'

const seed = process.env['FC_SEED'] ?? newSeed()
process.stdout.write(`fast-check seed ${seed} (FC_SEED=${seed} repeats it)\n`)

export default defineConfig({
  test: {
    env: { FC_SEED: seed },
    setupFiles: ['./.vitest.setup.ts'],
    reporters: ['default', closingLine()],
    // Two cores, and some tests start processes.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'suites/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'integration', include: ['src/**/*.it.ts'], testTimeout: 300_000, hookTimeout: 120_000,
          maxWorkers: 1, sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

function newSeed(): string {
  if (process.env['CI'] !== undefined) throw new RangeError('in CI the seed must be given: set FC_SEED to a number')
  return String(randomInt(2 ** 31))
}
