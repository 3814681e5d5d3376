/**
 * The part of http-parser-js that we use; the package brings no types.
 *
 * It is the parser that Node had before llhttp, kept as a library. `offset` and `isChunked` are its own working state:
 * undocumented, but the only way to learn where in a chunk a message ends (see message-reader.ts).
 */
declare module 'http-parser-js' {
  export interface HeadInfo {
    /** Name, value, name, value. */
    readonly headers: readonly string[]
    /** Index into `HTTPParser.methods`; of requests. */
    readonly method?: number
    readonly url?: string
    readonly statusCode?: number
    readonly upgrade: boolean
  }

  export class HTTPParser {
    static readonly REQUEST: 'REQUEST'
    static readonly RESPONSE: 'RESPONSE'
    static readonly methods: readonly string[]
    static readonly kOnHeadersComplete: 2
    static readonly kOnBody: 3
    static readonly kOnMessageComplete: 4
    constructor(type: 'REQUEST' | 'RESPONSE')
    /** Bytes consumed, or what is wrong with them. */
    execute(chunk: Buffer): number | Error
    finish(): Error | undefined
    readonly offset: number
    isChunked: boolean
    /** True: the message has no body, whatever its head says. 2: nor does anything after it belong to HTTP. */
    2: (info: HeadInfo) => boolean | 2
    3: (chunk: Buffer, start: number, length: number) => void
    4: () => void
  }
}
