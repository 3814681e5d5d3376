/**
 * The loop of @platformatic/kafka for a hosted handler: one message at a time from the committed position, committed
 * when the handler is done with it. Its defaults (autocommit of what was fetched, newest position) would lose messages.
 */
import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka'
import { messageOf, settingOf, type Loop } from './message.ts'

export const loop: Loop = {
  async consume(settings, handle, signal) {
    const consumer = new Consumer({
      groupId: settingOf(settings, 'group'), clientId: 'handler', bootstrapBrokers: [settingOf(settings, 'address')],
      deserializers: stringDeserializers,
    })
    const stream = await consumer.consume({
      topics: [settingOf(settings, 'topic')], autocommit: false,
      mode: MessagesStreamModes.COMMITTED, fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    })
    signal.addEventListener('abort', () => void stream.close(), { once: true })
    for await (const message of stream) {
      await handle(messageOf(message.value, Object.fromEntries(message.headers)))
      await message.commit()
    }
    await consumer.close(true)
  },
}
