/**
 * Shape of files and functions: lengths, headers, names.
 */
import type { TidyFile, Violation } from './project.ts'
import { functionOf } from './syntax.ts'

const FUNCTION_LINES = 70
const FILE_LINES = 400
const COLUMNS = 120
const PARAMETERS = 4
const HEADER_LINES = 20
/** Below this many lines a file may say what it is in one. */
const SMALL_FILE = 60
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|property\.test|it|bench|d))?\.ts$/

export function checkSizes(files: readonly TidyFile[]): Violation[] {
  return files.flatMap((file) => [...fileSizes(file), ...functionSizes(file)])
}

export function checkHeaders(files: readonly TidyFile[]): Violation[] {
  return files.flatMap((file) => {
    const text = file.text.replace(/^#!.*\n/, '')
    const end = text.indexOf('*/')
    if (!text.startsWith('/**') || end === -1) {
      return [at(file, 'header', 1, 'has no header; begin with /** what it is, what it does not do, why */')]
    }
    const lines = text.slice(0, end).split('\n').length
    if (lines > HEADER_LINES) {
      return [at(file, 'header', 1, `header of ${lines} lines; ${HEADER_LINES} at most, the rest is README`)]
    }
    const needs = file.isTest || file.lines.length < SMALL_FILE ? 1 : 3
    if (lines >= needs) return []
    return [at(file, 'header', 1, 'header of one line; say also what it does not do, or why it is so')]
  })
}

export function checkNames(files: readonly TidyFile[]): Violation[] {
  return files.flatMap((file) => file.path.split('/').slice(1, -1).concat(kebab.test(file.name) ? [] : [file.name])
    .filter((part) => part.endsWith('.ts') || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part))
    .map((part) => at(file, 'name', 1, `${part} is not kebab-case`)))
}

function fileSizes(file: TidyFile): Violation[] {
  const count = file.lines.length - 1
  const long = count > FILE_LINES
    ? [at(file, 'file-length', count, `${count} lines; ${FILE_LINES} at most, split it`)] : []
  return [...long, ...file.lines.flatMap((line, i) => (line.length > COLUMNS
    ? [at(file, 'line-length', i + 1, `${line.length} columns; ${COLUMNS} at most, break it`)] : []))]
}

function functionSizes(file: TidyFile): Violation[] {
  return file.nodes.flatMap((node) => {
    const found = functionOf(node)
    if (found === undefined) return []
    const lines = file.tree.text.slice(node.getStart(file.tree), node.end).split('\n').length
    const name = found.name === '' ? 'a function' : found.name
    const here = file.lineOf(node)
    const long = lines > FUNCTION_LINES
      ? [at(file, 'function-length', here, `${name} has ${lines} lines; ${FUNCTION_LINES} at most, split it`)] : []
    const many = found.parameters > PARAMETERS
      ? [at(file, 'parameters', here, `${name} takes ${found.parameters}; ${PARAMETERS} at most, then a record`)] : []
    return [...long, ...many]
  })
}

function at(file: TidyFile, rule: string, line: number, text: string): Violation {
  return { rule, path: file.path, line, text }
}
