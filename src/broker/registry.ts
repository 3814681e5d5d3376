/**
 * The table of brokers that a suite can name. A new one is its own files beside this and one line here.
 */
import type { Broker } from '../model/edges.ts'
import { rabbitmq } from './rabbitmq.ts'

export const brokers: Readonly<Record<string, Broker>> = { rabbitmq }
