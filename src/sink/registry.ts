/**
 * The table of sinks that a suite can name. A new one is its own files beside this and one line here.
 */
import type { Sink } from '../model/edges.ts'
import { http } from './http.ts'

export const sinks: Readonly<Record<string, Sink>> = { http }
