/** Who has a slot, who may have it next, and who connects to one that nobody has. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { Address } from '../model/edges.ts'
import { openSlots } from './slots.ts'

const upstreams = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }))

async function word(address: Address): Promise<string> {
  const socket = connect({ ...address, allowHalfOpen: false })
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  }).on('error', () => undefined)
  await once(socket, 'close')
  return text
}

test('a slot is one incarnation at a time, with the listener of its own behind it', async () => {
  using slots = await openSlots(3, 'Kafka')
  const taken = upstreams.map(() => slots.take(upstreams))
  expect(taken.map(({ upstream }) => upstream)).toEqual(upstreams)
  expect(taken.map(({ address }) => address)).toEqual(slots.addresses)
  expect(() => slots.take(upstreams)).toThrow('all 3 addresses that Kafka advertises are taken')
  taken[1]?.release()
  taken[1]?.release()
  expect(slots.take(upstreams).upstream).toEqual(upstreams[1])
  expect(() => slots.take(upstreams)).toThrow('are taken')
})

test('what was given back longest ago is given out first', async () => {
  using slots = await openSlots(3, 'Kafka')
  const first = slots.take(upstreams)
  first.release()
  expect([1, 2, 3].map(() => slots.take(upstreams).upstream.port)).toEqual([2, 3, 1])
})

test('who connects meets whoever has the slot now, or nobody', async () => {
  using slots = await openSlots(1, 'Kafka')
  const one = slots.take(upstreams)
  expect(await word(one.address)).toBe('')
  one.accept((socket) => socket.end('one'))
  expect(await word(one.address)).toBe('one')
  one.release()
  expect(await word(one.address)).toBe('')
  const two = slots.take(upstreams)
  two.accept((socket) => socket.end('two'))
  expect(await word(two.address)).toBe('two')
  expect(() => one.accept(() => undefined)).toThrow('a slot that was given back')
})
