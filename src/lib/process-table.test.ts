/** Reads of /proc against this very process, and the one trap of its format. */
import { expect, test } from 'vitest'
import { carriesMark, decodeStat, readDescendants, readPids, readProcess } from './process-table.ts'

test('a name with parentheses and spaces does not shift the fields', () => {
  const tail = '0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 8675309 0 0'
  expect(decodeStat(7, `7 (a) b (c) S 1 7 7 ${tail}`)).toEqual({
    pid: 7, parent: 1, group: 7, session: 7, zombie: false, stopped: false, startTime: '8675309',
  })
})

test('a zombie is told, so is one that stands still, and half a line is no process', () => {
  const tail = '0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 8675309 0 0'
  expect(decodeStat(7, `7 (x) Z 1 7 7 ${tail}`)?.zombie).toBe(true)
  expect(decodeStat(7, `7 (x) T 1 7 7 ${tail}`)).toMatchObject({ zombie: false, stopped: true })
  expect(decodeStat(7, '7 (x) S 1 7')).toBeUndefined()
})

test('this process is found, with its parent and without children', () => {
  expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid, zombie: false })
  expect(readPids()).toContain(process.pid)
  expect(readDescendants(process.ppid)).toContain(process.pid)
})

test('a process that is gone is no answer', () => {
  expect(readProcess(2 ** 30)).toBeUndefined()
  expect(readDescendants(2 ** 30)).toEqual([])
  expect(carriesMark(2 ** 30, 'A=b')).toBe(false)
})
