/**
 * What may not be written, and what to write instead. One entry per ban; where one is lifted stands in allowed.ts with
 * its reason, not here.
 */
import {
  isAsExpression, isCatchClause, isExportAssignment, isNonNullExpression, isTypeAssertion,
} from 'typescript/unstable/ast'
import type { TidyFile, Violation } from './project.ts'
import {
  calledName, dottedName, functionsAround, importedBy, isConstAssertion, SyntaxKind, type Node,
} from './syntax.ts'

interface Ban {
  readonly rule: string
  readonly instead: string
  /** Whether the node is what is banned. */
  matches(node: Node, file: TidyFile): boolean
}

const timers: readonly string[] = [
  'setTimeout', 'setInterval', 'setImmediate', 'Date.now', 'process.hrtime', 'performance.now',
]
const pureAreas: readonly string[] = ['model', 'wire', 'check', 'plan', 'faults']
const impureModules = new Set([
  'fs', 'net', 'tls', 'dgram', 'http', 'https', 'http2', 'dns', 'child_process', 'cluster', 'worker_threads', 'timers',
  'readline', 'os', 'process',
])
const runners = /^(?:test|it|describe|suite|bench)\b/

const bans: readonly Ban[] = [
  {
    rule: 'any', instead: 'unknown at the edge, parsed once, then an exact type',
    matches: (node) => node.kind === SyntaxKind.AnyKeyword,
  },
  {
    rule: 'non-null', instead: 'a check, an assert from lib/assert.ts, or a default',
    matches: (node) => isNonNullExpression(node),
  },
  {
    rule: 'as', instead: 'a type guard, or a function named parse... or decode... around it',
    matches: (node) => (isAsExpression(node) || isTypeAssertion(node)) && !isConstAssertion(node) && !isParsing(node),
  },
  {
    rule: 'default-export', instead: 'a named export',
    matches: (node) => isExportAssignment(node)
      || node.kind === SyntaxKind.DefaultKeyword && node.parent.kind !== SyntaxKind.DefaultClause,
  },
  {
    rule: 'random', instead: 'SeededRandom of lib/random.ts, with the run\'s seed',
    matches: (node) => dottedName(node) === 'Math.random',
  },
  {
    rule: 'time', instead: 'nowMs, wallTime, poll, within, after or observeFor of lib/clock.ts',
    matches: (node) => isTimer(node) || /^(?:node:)?timers/.test(importedBy(node) ?? ''),
  },
  {
    rule: 'console', instead: 'a line of the progress, or an event of the history',
    matches: (node) => dottedName(node)?.startsWith('console.') === true,
  },
  {
    rule: 'bare-error', instead: 'a class of lib/errors.ts, by who must act',
    matches: (node) => node.kind === SyntaxKind.NewExpression && calledName(node) === 'Error',
  },
  {
    rule: 'exit', instead: 'an exit code that is returned to cli/main.ts',
    matches: (node) => calledName(node) === 'process.exit',
  },
  {
    rule: 'test-modifier', instead: 'a test that always runs, once',
    matches: (node) => {
      const name = calledName(node) ?? ''
      return runners.test(name) && /\.(?:only|skip|skipIf|runIf|todo|fails|retry)\b/.test(name)
    },
  },
  {
    rule: 'mock', instead: 'a fake that implements the interface',
    matches: (node) => /^(?:vi|jest)\.(?:mock|spyOn|fn|useFakeTimers|stubGlobal)$/.test(calledName(node) ?? ''),
  },
  {
    rule: 'empty-catch', instead: 'an event, a rethrow, or a comment that says why nothing is lost',
    matches: (node, file) => isCatchClause(node) && node.block.statements.length === 0
      && !/\/[/*]/.test(file.text.slice(node.block.pos, node.block.end)),
  },
  {
    rule: 'pure', instead: 'data that an edge (rank 3) has read',
    matches: (node, file) => pureAreas.includes(file.area) && !file.isTest && isImpure(importedBy(node) ?? ''),
  },
]

interface BannedText {
  readonly rule: string
  readonly pattern: RegExp
  readonly instead: string
}

/** Patterns are put together so that this file does not match itself. */
const bannedText: readonly BannedText[] = [
  { rule: 'todo', pattern: anyOf('\\bTO' + 'DO\\b', '\\bFIX' + 'ME\\b', '\\bXX' + 'X\\b'), instead: 'an issue' },
  {
    rule: 'silenced', pattern: /@ts-(?:ignore|nocheck|expect-error)|(?:eslint|oxlint)-disable/,
    instead: 'code that fits',
  },
  { rule: 'machine-path', pattern: anyOf('/wo' + 'rk/', '/ro' + 'ot/'), instead: 'a path that is found' },
  {
    rule: 'registry', pattern: /registry\.npmjs|pypi\.org|repo1?\.maven|proxy\.golang/,
    instead: 'the settings of the user\'s own client',
  },
  {
    rule: 'image',
    pattern: /['"`](?:[\w.-]+\/)*(?:rabbitmq|postgres|kafka|localstack|toxiproxy|ryuk)(?::[\w.-]+|@sha256)/,
    instead: 'a constant of stack/images.ts',
  },
]

function anyOf(...patterns: readonly string[]): RegExp {
  return new RegExp(patterns.join('|'))
}

export function checkBans(files: readonly TidyFile[]): Violation[] {
  return files.flatMap((file) => [...nodeBans(file), ...textBans(file)])
}

function nodeBans(file: TidyFile): Violation[] {
  return file.nodes.flatMap((node) => bans.filter((ban) => ban.matches(node, file)).map((ban) => ({
    rule: ban.rule, path: file.path, line: file.lineOf(node),
    text: `${firstLine(node, file)} is banned; write ${ban.instead}`,
  })))
}

function textBans(file: TidyFile): Violation[] {
  return file.lines.flatMap((line, i) => bannedText.filter(({ pattern }) => pattern.test(line))
    .map(({ rule, instead }) => ({
      rule, path: file.path, line: i + 1, text: `'${line.trim().slice(0, 60)}' is banned; write ${instead}`,
    })))
}

function isImpure(module: string): boolean {
  return impureModules.has(module.replace(/^node:/, '').replace(/\/.*/, ''))
}

/** Codes of error classes; each must be another. */
export function checkErrorCodes(files: readonly TidyFile[]): Violation[] {
  const seen = new Map<string, string>()
  return files.filter((file) => !file.isTest).flatMap((file) => file.lines.flatMap((line, i): Violation[] => {
    const code = /^\s+readonly code = '([A-Z_]+)'/.exec(line)?.[1]
    if (code === undefined) return []
    const other = seen.get(code)
    seen.set(code, file.path)
    return other === undefined ? []
      : [{ rule: 'error-code', path: file.path, line: i + 1, text: `${code} is also the code of a class in ${other}` }]
  }))
}

function isParsing(node: Node): boolean {
  return functionsAround(node).some((name) => /^#?(?:parse|decode)(?:[A-Z]|$)/.test(name))
}

function isTimer(node: Node): boolean {
  const name = dottedName(node)
  if (name === 'Date') return node.parent.kind === SyntaxKind.NewExpression
  // The name of a property that happens to be called so is no timer.
  return name !== undefined && timers.includes(name.replace(/^globalThis\./, '')) && !isPropertyName(node)
}

function isPropertyName(node: Node): boolean {
  return node.kind === SyntaxKind.Identifier && [
    SyntaxKind.PropertyAccessExpression, SyntaxKind.PropertyAssignment, SyntaxKind.PropertySignature,
  ].includes(node.parent.kind) && 'name' in node.parent && node.parent.name === node
}

function firstLine(node: Node, file: TidyFile): string {
  return file.text.slice(node.getStart(file.tree), node.end).split('\n')[0]?.slice(0, 60) ?? ''
}
