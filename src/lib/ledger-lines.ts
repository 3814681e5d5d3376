/**
 * The ledger's file format: one JSON object per line, appended and never rewritten. Shared by the harness, which
 * writes it, and the watchdog, which reads it after the harness is gone; a torn last line is no line.
 */
export interface GroupLine {
  readonly pgid: number
  readonly startTime: string
  /** Sent to the leader a moment before SIGKILL, for what only it can give back to the machine. */
  readonly first?: string
}

export interface LedgerLine {
  /** A process group that was started; pid of its leader and that process's start time. */
  readonly group?: GroupLine
  /** A group that is known to be gone. */
  readonly gone?: number
  /** A folder to delete at the end. */
  readonly folder?: string
}

export function encodeLedgerLine(line: LedgerLine): string {
  return `${JSON.stringify(line)}\n`
}

/** Lines in order; what follows the last newline was not written to its end. */
export function parseLedger(text: string): LedgerLine[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerLine)
}
