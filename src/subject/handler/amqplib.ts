/**
 * The loop of amqplib for a hosted handler: prefetch 1, acknowledged when the handler is done with it.
 */
import { connect } from 'amqplib'
import { SubjectError } from '../../lib/errors.ts'
import { aborted, messageOf, settingOf, type Loop } from './message.ts'

export const loop: Loop = {
  async consume(settings, handle, signal) {
    const connection = await connect(settingOf(settings, 'url'))
    const broken = new Promise<never>((_, reject) => {
      connection.on('error', reject)
      connection.on('close', () => reject(new SubjectError('the connection to the broker was closed')))
    })
    const channel = await connection.createChannel()
    const failed = new Promise<never>((_, reject) => {
      channel.on('error', reject)
      void channel.prefetch(1).then(() => channel.consume(settingOf(settings, 'queue'), (delivery) => {
        if (delivery === null) {
          reject(new SubjectError('the broker has cancelled the consumer'))
          return
        }
        const { headers = {}, messageId } = delivery.properties
        const id = typeof messageId === 'string' ? messageId : undefined
        handle(messageOf(delivery.content.toString(), textOf(headers), id)).then(() => channel.ack(delivery), reject)
      })).catch(reject)
    })
    await Promise.race([aborted(signal), broken, failed])
    broken.catch(() => undefined)
    await connection.close()
  },
}

function textOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [])))
}
