/**
 * The server of lineq, a queue that exists for tests alone; a program of its own that prints its port and knows
 * nothing of the harness. Everything is in memory.
 *
 * A line is a request: `HI SPACE`, `SUB QUEUE`, `PUT QUEUE MESSAGE`, `ACK NUMBER`, `NAK NUMBER`, `GET QUEUE`,
 * `LEN QUEUE`, `CNT` (who has said HI in this space), `END` (forget the space). A subscriber holds one delivery at a
 * time; a connection that ends gives back what it held, to the front of its queue.
 */
import { createServer, type Socket } from 'node:net'

interface Item {
  readonly text: string
  redelivered: boolean
}

interface Held {
  readonly queue: Queue
  readonly item: Item
}

interface Queue {
  readonly name: string
  readonly ready: Item[]
  readonly subscribers: Client[]
}

interface Space {
  readonly queues: Map<string, Queue>
  readonly held: Map<string, Held>
  visitors: number
}

const spaces = new Map<string, Space>()
let deliveries = 0

class Client {
  readonly #socket: Socket
  readonly #own = new Set<string>()
  #space: Space = { queues: new Map(), held: new Map(), visitors: 0 }
  #name = ''
  #rest = ''

  constructor(socket: Socket) {
    this.#socket = socket.setEncoding('utf8').setNoDelay(true)
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#leave())
  }

  get isFree(): boolean {
    return this.#own.size === 0
  }

  deliver(queue: Queue, item: Item): void {
    deliveries += 1
    const number = String(deliveries)
    this.#space.held.set(number, { queue, item })
    this.#own.add(number)
    this.#socket.write(`MSG ${number} ${item.redelivered ? 1 : 0} ${queue.name} ${item.text}\n`)
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#answer(line)
  }

  #answer(line: string): void {
    const [word = '', about = ''] = line.split(' ', 2)
    const reply = this.#carryOut(word, about, line.slice(word.length + about.length + 2))
    this.#socket.write(`${reply}\n`)
    // Behind the reply: a delivery never comes before the answer to the request that made it possible.
    for (const queue of this.#space.queues.values()) pump(queue)
  }

  #carryOut(word: string, about: string, text: string): string {
    const space = this.#space
    if (word === 'HI') return this.#enter(about)
    if (word === 'CNT') return `CNT ${space.visitors}`
    if (word === 'END') return spaces.delete(this.#name) ? 'OK' : 'ERR unknown'
    if (word === 'ACK' || word === 'NAK') return this.#settle(about, word === 'NAK')
    const queue = queueOf(space, about)
    if (word === 'SUB') queue.subscribers.push(this)
    else if (word === 'PUT') queue.ready.push({ text, redelivered: false })
    else if (word === 'GET') return `GOT ${queue.ready.shift()?.text ?? ''}`
    else if (word === 'LEN') {
      return `LEN ${queue.ready.length} ${[...space.held.values()].filter((held) => held.queue === queue).length}`
    } else return 'ERR unknown'
    return 'OK'
  }

  #enter(name: string): string {
    const space = spaces.get(name) ?? this.#space
    spaces.set(name, space)
    space.visitors += 1
    this.#space = space
    this.#name = name
    return 'OK'
  }

  #settle(number: string, again: boolean): string {
    const held = this.#own.delete(number) ? this.#space.held.get(number) : undefined
    if (held === undefined) return 'ERR unknown'
    this.#space.held.delete(number)
    if (again) giveBack(held)
    return 'OK'
  }

  #leave(): void {
    for (const { subscribers } of this.#space.queues.values()) {
      const at = subscribers.indexOf(this)
      if (at !== -1) subscribers.splice(at, 1)
    }
    for (const number of [...this.#own].reverse()) this.#settle(number, true)
    for (const queue of this.#space.queues.values()) pump(queue)
  }
}

function queueOf({ queues }: Space, name: string): Queue {
  const queue = queues.get(name) ?? { name, ready: [], subscribers: [] }
  queues.set(name, queue)
  return queue
}

function giveBack({ queue, item }: Held): void {
  queue.ready.unshift({ ...item, redelivered: true })
}

/** Whoever was served goes behind the others. */
function pump(queue: Queue): void {
  for (;;) {
    const free = queue.subscribers.find((client) => client.isFree)
    const item = free === undefined ? undefined : queue.ready.shift()
    if (free === undefined || item === undefined) return
    queue.subscribers.push(...queue.subscribers.splice(queue.subscribers.indexOf(free), 1))
    free.deliver(queue, item)
  }
}

const server = createServer((socket) => {
  void new Client(socket)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address !== 'string') process.stdout.write(`port ${address.port}\n`)
})
