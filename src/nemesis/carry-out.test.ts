/** Programs of verbs on a stage in memory: their order, what they write down, and where they stop. */
import { expect, test } from 'vitest'
import { cut } from '../faults/cut.ts'
import { duplicate } from '../faults/duplicate.ts'
import { kill } from '../faults/kill.ts'
import { late } from '../faults/late.ts'
import { orphan } from '../faults/orphan.ts'
import { race } from '../faults/race.ts'
import { stop } from '../faults/stop.ts'
import { zombie } from '../faults/zombie.ts'
import { InterruptedError } from '../lib/errors.ts'
import { carryOut, verbs } from './carry-out.ts'
import { Crossing } from './crossing.ts'
import { faultOf, memoryStage, operation, pointAt, type MemoryStage } from './testing.ts'

const insert = operation('db INSERT#1')

/** A crossing that stands before the insert. */
function reached(): Crossing {
  const crossing = new Crossing('m', pointAt(insert.key, 'before'), { known: new Set([insert.key]), holdsOthers: true })
  crossing.request(insert)
  return crossing
}

async function played(stage: MemoryStage): Promise<{ readonly failure: string | undefined; readonly did: string[] }> {
  const did: string[] = []
  const failure = await carryOut(stage, verbs, (verb, detail) => did.push(`${verb}: ${detail}`))
  return { failure, did }
}

test('kill: the journal is on disk before the world changes, then a successor', async () => {
  const stage = memoryStage(kill, reached())
  expect(await played(stage)).toEqual({
    failure: undefined, did: ['hold: withheld db INSERT#1', 'kill: SIGKILL to i1', 'start: a successor was started'],
  })
  expect(stage.log).toEqual(['held db INSERT#1, ok', 'flushed', 'killed', 'disarmed', 'started'])
  expect(stage.connections.map(({ asked }) => asked)).toEqual([[], []])
})

test('stop: what is withheld goes on once the signal was delivered', async () => {
  const stage = memoryStage(stop, reached())
  expect((await played(stage)).did[1]).toBe('stop: SIGTERM to i1: it left by itself')
  expect(stage.log).toEqual(['held db INSERT#1, ok', 'flushed', 'SIGTERM', 'disarmed', 'started'])
  expect(stage.connections.map(({ asked }) => asked)).toEqual([['release'], ['release']])
})

test("cut: the point's link breaks, and then the rest goes on", async () => {
  const stage = memoryStage(cut, reached())
  expect((await played(stage)).failure).toBeUndefined()
  expect(stage.log).toEqual(['held db INSERT#1, ok', 'flushed', 'cut db', 'disarmed'])
  expect(stage.connections.map(({ asked }) => asked)).toEqual([['release'], ['release']])
})

test('orphan: all but the lease stays open upstream, and the dead request goes on after the successor', async () => {
  const stage = memoryStage(orphan, reached())
  stage.crossing?.ended(insert)
  expect((await played(stage)).did.at(-1)).toBe('forward: forwarded db INSERT#1')
  expect(stage.log).toEqual(
    ['held db INSERT#1, ok', 'flushed', 'killed', 'disarmed', 'started', 'awaited', 'flushed'])
  expect(stage.connections.map(({ asked }) => asked)).toEqual([['keep upstream', 'forward', 'drop upstream'], []])
})

test('duplicate: A, A, another one, A', async () => {
  const stage = memoryStage(duplicate, undefined)
  expect(await played(stage)).toEqual({
    failure: undefined,
    did: ['await: settled', 'send-again: sent again', 'await: settled', 'send: sent 1 more (another)', 'await: settled',
      'send-again: sent again'],
  })
  expect(stage.log).toEqual(['awaited', 'flushed', 'sent', 'awaited', 'sent another', 'awaited', 'flushed', 'sent'])
})

test('a copy that the broker may not have is no copy', async () => {
  const stage = memoryStage(duplicate, undefined, { sendAgain: async () => 'indeterminate' })
  expect(await played(stage)).toEqual({ failure: "the broker's answer was indeterminate", did: ['await: settled'] })
})

test('late: a window that nobody waits for is not outlasted, and no copy comes', async () => {
  const tooLong = 'the declared window of 300000 ms is not outlasted within 5000 ms'
  const stage = memoryStage(late, undefined, { outlast: async () => ({ tooLong }) })
  expect(await played(stage)).toEqual({
    failure: tooLong, did: ['await: settled', 'send: sent 2 more (another)', 'await: settled'],
  })
  expect((await played(memoryStage(late, undefined))).did.at(-1)).toBe('send-again: sent again')
})

test('race: the lease is taken behind the back of the held one, which goes on after the second', async () => {
  const stage = memoryStage(race, reached())
  expect((await played(stage)).did).toEqual([
    'hold: withheld db INSERT#1', 'warp: taken back: 1 claims', 'start: a successor was started',
    'await: settled', 'release: what was withheld of i1 went on', 'await: it has nothing left to do',
    'leave: nobody else is there',
  ])
  expect(stage.log).toEqual(['held db INSERT#1, ok', 'flushed', 'severed orders', 'started', 'awaited', 'disarmed'])
})

test('zombie: frozen before its lease goes, awake after the successor', async () => {
  const stage = memoryStage(zombie, reached())
  expect((await played(stage)).failure).toBeUndefined()
  expect(stage.log).toEqual([
    'held db INSERT#1, ok', 'flushed', 'paused', 'flushed', 'severed orders', 'started', 'awaited', 'resumed',
    'disarmed',
  ])
})

test('a standby is told, and ends nothing', async () => {
  const stage = memoryStage(race, reached(), { settled: async () => 'passive' })
  expect((await played(stage)).did[3]).toBe(
    'await: the second incarnation stayed passive: it lives and asks for no deliveries')
})

test('a repetition arms whoever comes next, but not after the last time', async () => {
  const again = faultOf([{ verb: 'repeat', program: [{ verb: 'kill' }, { verb: 'start' }] }])
  const stage = memoryStage(again, reached())
  expect((await played(stage)).failure).toBeUndefined()
  expect(stage.log).toEqual([
    'armed again', 'flushed', 'killed', 'disarmed', 'started', 'adopted',
    'armed no more', 'flushed', 'killed', 'disarmed', 'started', 'adopted',
  ])
})

test('a repetition ends where the point does not come again', async () => {
  const again = faultOf([{ verb: 'repeat', program: [{ verb: 'hold' }, { verb: 'kill' }] }])
  const second = new Crossing('m', pointAt(insert.key, 'before'), {
    known: new Set(), holdsOthers: false, isRepeated: true,
  })
  const stage = memoryStage(again, second, { misses: () => 'the message was settled' })
  expect(await played(stage)).toEqual({ failure: undefined, did: ['hold: not again: the message was settled'] })
})

test('a point that is not reached stops the program, and nothing is done', async () => {
  const crossing = new Crossing('m', pointAt('db COMMIT#1', 'before'), { known: new Set(), holdsOthers: true })
  const stage = memoryStage(kill, crossing)
  expect(await played(stage)).toEqual({ failure: 'the point was not reached within 20 ms', did: [] })
  expect(stage.log).toEqual([])
})

test('a deviation stops the program, and nothing is done', async () => {
  const crossing = new Crossing('m', pointAt(insert.key, 'before'), { known: new Set([insert.key]), holdsOthers: true })
  crossing.request(operation('db DELETE#1'))
  crossing.request(insert)
  const stage = memoryStage(kill, crossing)
  expect((await played(stage)).failure).toBe('another operation came before it: db DELETE#1')
  expect(stage.log).toEqual([])
})

test('hold without a crossing is impossible', async () => {
  expect((await played(memoryStage(faultOf([{ verb: 'hold' }]), undefined))).failure).toBe('nothing was armed')
})

test('an interruption ends a wait for a point at once', async () => {
  const crossing = new Crossing('m', pointAt('db COMMIT#1', 'before'), { known: new Set(), holdsOthers: true })
  const controller = new AbortController()
  const stage = memoryStage(kill, crossing, { reachMs: 60_000, signal: controller.signal })
  const playing = played(stage)
  controller.abort(new InterruptedError('enough'))
  await expect(playing).rejects.toThrow('enough')
  expect(stage.log).toEqual([])
})

test.each([
  [kill, 'ok', ['prove']],
  // A stopped subject's connection is still needed, so nobody asks in its place.
  [stop, 'indeterminate', []],
] as const)('the proof of a one-way operation: $0.name', async (fault, proven, asked) => {
  const ack = operation('orders ack#1', { oneWay: true, units: [{ bytes: Buffer.from('ack') }] })
  const point = { ...pointAt(ack.key, 'after'), oneWay: true }
  const crossing = new Crossing('m', point, { known: new Set([ack.key]), holdsOthers: true })
  crossing.request(ack)
  crossing.forwarded(ack)
  const stage = memoryStage(fault, crossing)
  await played(stage)
  expect(stage.log[0]).toBe(`held , ${proven}`)
  expect(ack.connection).toMatchObject({ asked })
})
