/** All rules. */
import { checkBans, checkErrorCodes } from './bans.ts'
import type { TidyFile, Violation } from './project.ts'
import { checkBrokers, checkProtocols } from './protocols.ts'
import { checkCycles, checkRanks, checkUnused } from './ranks.ts'
import { checkHeaders, checkNames, checkSizes } from './sizes.ts'

export const rules: readonly ((files: readonly TidyFile[]) => Violation[])[] = [
  checkRanks, checkCycles, checkUnused, checkSizes, checkHeaders, checkNames, checkBans, checkErrorCodes,
  checkProtocols, checkBrokers,
]
