/**
 * The loop of kafkajs for a hosted handler: one message at a time, its offset committed when the handler is done with
 * it and never before (autoCommit off; with it kafkajs would commit at the end of a fetched batch).
 */
import { Kafka, logLevel, type IHeaders } from 'kafkajs'
import { aborted, messageOf, settingOf, type Loop } from './message.ts'

export const loop: Loop = {
  async consume(settings, handle, signal) {
    const kafka = new Kafka({ brokers: [settingOf(settings, 'address')], logLevel: logLevel.ERROR })
    const consumer = kafka.consumer({ groupId: settingOf(settings, 'group') })
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [settingOf(settings, 'topic')], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        await handle(messageOf(message.value?.toString() ?? '', textOf(message.headers ?? {})))
        await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }])
      },
    })
    await Promise.race([aborted(signal), crashed])
    await consumer.disconnect()
  },
}

function textOf(headers: IHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => {
    const [first] = Array.isArray(value) ? value : [value]
    return first === undefined ? [] : [[name, first.toString()]]
  }))
}
